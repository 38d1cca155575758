import { createKeeper, type Keeper, type SavedItem } from '../frame/keeping/keeper.ts';
import { rateItem, type OwnPanel } from '../generated/client.ts';

/** What a panelist types in one round, in whole per cent. */
export type RatingKeeper = Keeper<number>;

export function createRatingKeeper({ subject, panel }: { readonly subject: string; readonly panel: OwnPanel }): Promise<RatingKeeper> {
  const { id: panelId, round } = panel;
  return createKeeper({
    place: { subject, of: `${panelId}/${round}` },
    saved: savedRatings(panel),
    save: ({ itemId, value: percent, sequence }) => rateItem({ panelId, round, itemId, newRating: { percent, sequence } }),
    isSame: (one, other) => one === other,
    newerOf: (problem) => {
      const current = problem['current'] as { percent: number; sequence: number } | undefined;
      return current && { value: current.percent, sequence: current.sequence };
    },
    closedBy: ['round_closed', 'panel_closed', 'not_found'],
  });
}

export function savedRatings({ items }: Pick<OwnPanel, 'items'>): readonly SavedItem<number>[] {
  return items.flatMap(({ itemId, rating }) => (rating ? [{ itemId, value: rating.percent, sequence: rating.sequence }] : []));
}

/** Whole per cent as somebody writes them; undefined of anything else. */
export function percentIn(text: string): number | undefined {
  const digits = text.trim();
  return /^\d{1,3}$/.test(digits) && Number(digits) <= 100 ? Number(digits) : undefined;
}
