import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';

/** Asks before something is done that cannot be undone; stays open while it is under way. */
export function Confirm({
  isOpen,
  title,
  action,
  isPending = false,
  onConfirm,
  onCancel,
  children,
}: {
  readonly isOpen: boolean;
  readonly title: string;
  /** What the button says. */
  readonly action: string;
  readonly isPending?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation('frame');
  return (
    <ModalOverlay className="modal-overlay" isOpen={isOpen} onOpenChange={(open) => !open && onCancel()} isDismissable={!isPending}>
      <Modal className="modal">
        <Dialog className="dialog" role="alertdialog">
          <Heading slot="title">{title}</Heading>
          {children}
          <div className="dialog-actions">
            <Button className="button" isDisabled={isPending} onPress={onCancel}>
              {t('cancel')}
            </Button>
            <Button className="button primary" isPending={isPending} onPress={onConfirm}>
              {action}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
