import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Checkbox, CheckboxGroup, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { durationText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  createWebhook,
  deleteWebhook,
  listSinks,
  rotateWebhookSecret,
  type EventSink,
  type Webhook,
  type WebhookSecret,
} from '../generated/client.ts';
import { useMayAct } from './may-act.ts';

const REFRESH_SECONDS = 30;
const TYPES = [
  'attempt.registered',
  'attempt.submitted',
  'attempt.graded',
  'attempt.decided',
  'attempt.published',
  'attempt.erased',
  'certificate.issued',
  'certificate.imported',
  'certificate.suspended',
  'certificate.reinstated',
  'certificate.erased',
  'certificate.revoked',
] as const satisfies NonNullable<Webhook['types']>;

/** Whom we tell of what happens: how far each of them is, and why one is not. */
export function Webhooks() {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const sinks = useQuery({ queryKey: ['sinks'], queryFn: () => listSinks(), ...live(REFRESH_SECONDS) });
  const [isAdding, setIsAdding] = useState(false);
  const [secret, setSecret] = useState<WebhookSecret>();
  return (
    <Page
      title={t('webhooks.title')}
      actions={
        mayAct && (
          <Button className="button" onPress={() => setIsAdding(true)}>
            {t('webhooks.add')}
          </Button>
        )
      }
    >
      <p className="soft">{t('webhooks.about')}</p>
      {secret && <Secret secret={secret} onClose={() => setSecret(undefined)} />}
      <Loaded query={sinks}>
        {({ sinks: all }) => (
          <ul className="plain-list">
            {all.map((sink) => (
              <Sink key={sink.name} sink={sink} onSecret={setSecret} />
            ))}
          </ul>
        )}
      </Loaded>
      {isAdding && <Add onSecret={setSecret} onClose={() => setIsAdding(false)} />}
    </Page>
  );
}

/** Held by this page alone, and gone with it. */
function Secret({ secret: { name, secret }, onClose }: { readonly secret: WebhookSecret; readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  return (
    <div className="note good" role="status">
      <p>{t('webhooks.secretOf', { name })}</p>
      <p>
        <code className="secret">{secret}</code>
      </p>
      <p>{t('webhooks.once')}</p>
      <div className="note-actions">
        <Button className="button" onPress={onClose}>
          {t('webhooks.noted')}
        </Button>
      </div>
    </div>
  );
}

type SinkProps = { readonly sink: EventSink; readonly onSecret: (secret: WebhookSecret) => void };

function Sink({ sink: { name, kind, url, types, pending, oldestAgeSeconds, aside, problem }, onSecret }: SinkProps) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const [asked, setAsked] = useState<'rotate' | 'remove'>();
  const numbers = new Intl.NumberFormat(i18n.language);
  return (
    <li className="card">
      <div className="row spread">
        <h2>{name}</h2>
        <span className={`badge ${problem === null ? 'good' : 'bad'}`}>{t(problem === null ? 'webhooks.takes' : 'webhooks.away')}</span>
      </div>
      <p>
        {t(`webhooks.kind.${kind}`)} {url !== null && <code>{url}</code>}
      </p>
      <dl className="facts">
        <div>
          <dt>{t('webhooks.types')}</dt>
          <dd>{types.length === 0 ? t('webhooks.all') : types.join(', ')}</dd>
        </div>
        <div>
          <dt>{t('webhooks.pending')}</dt>
          <dd>
            {numbers.format(pending)} {pending > 0 && t('webhooks.oldest', { age: durationText(Math.round(oldestAgeSeconds), i18n.language) })}
          </dd>
        </div>
        <div>
          <dt>{t('webhooks.aside')}</dt>
          <dd>{aside === 0 ? numbers.format(0) : <Link to="/undelivered">{numbers.format(aside)}</Link>}</dd>
        </div>
      </dl>
      {problem !== null && <p className="note warning">{t('undelivered.answer', { problem })}</p>}
      {kind === 'webhook' && mayAct && (
        <div className="row">
          <Button className="button" onPress={() => setAsked('rotate')}>
            {t('webhooks.rotate')}
          </Button>
          <Button className="button" onPress={() => setAsked('remove')}>
            {t('webhooks.remove')}
          </Button>
        </div>
      )}
      {asked && <Asked what={asked} sink={name} onSecret={onSecret} onClose={() => setAsked(undefined)} />}
    </li>
  );
}

type AskedProps = {
  readonly what: 'rotate' | 'remove';
  readonly sink: string;
  readonly onSecret: (secret: WebhookSecret) => void;
  readonly onClose: () => void;
};

function Asked({ what, sink, onSecret, onClose }: AskedProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const doing = useMutation({
    mutationFn: async () => {
      if (what === 'rotate') onSecret(await rotateWebhookSecret({ sink }));
      else await deleteWebhook({ sink });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['sinks'] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      title={t(`webhooks.${what}`)}
      action={t(`webhooks.${what}`)}
      isPending={doing.isPending}
      onConfirm={() => doing.mutate()}
      onCancel={onClose}
    >
      <p>{t(what === 'rotate' ? 'webhooks.rotateEffect' : 'webhooks.removeEffect', { name: sink })}</p>
      {doing.error && <TroubleNote error={doing.error} />}
    </Confirm>
  );
}

function Add({ onSecret, onClose }: { readonly onSecret: (secret: WebhookSecret) => void; readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [types, setTypes] = useState<string[]>([]);
  const isReady = name.trim() !== '' && url.trim() !== '';
  const adding = useMutation({
    mutationFn: () => createWebhook({ webhook: { name: name.trim(), url: url.trim(), types: types as NonNullable<Webhook['types']> } }),
    onSuccess: async (secret) => {
      onSecret(secret);
      await queries.invalidateQueries({ queryKey: ['sinks'] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      title={t('webhooks.add')}
      action={t('webhooks.add')}
      isPending={adding.isPending}
      onConfirm={() => isReady && adding.mutate()}
      onCancel={onClose}
    >
      <p>{t('webhooks.addEffect')}</p>
      <TextField className="field" value={name} onChange={setName} isRequired>
        <Label>{t('webhooks.name')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
      <TextField className="field" value={url} onChange={setUrl} isRequired type="url">
        <Label>{t('webhooks.url')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
      <CheckboxGroup className="field" value={types} onChange={setTypes}>
        <Label>{t('webhooks.which')}</Label>
        {TYPES.map((type) => (
          <Checkbox className="choice square" key={type} value={type}>
            {type}
          </Checkbox>
        ))}
      </CheckboxGroup>
      {adding.error && <TroubleNote error={adding.error} />}
    </Confirm>
  );
}
