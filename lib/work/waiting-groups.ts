import { workItemSchema } from './work-item.ts';

/** What of an item says whose queue it stands in. */
const groupSchema = workItemSchema.pick({ lane: true, campaignId: true, jobType: true });

/** Says of one item after the other whether it is among the first `perGroup` of its lane, campaign and job type. */
const createGroupFilter = (perGroup: number): ((item: unknown) => boolean) => {
  const counts = new Map<string, number>();
  return (item) => {
    const { lane, campaignId, jobType } = groupSchema.parse(item);
    const group = JSON.stringify([lane, campaignId, jobType]);
    const count = (counts.get(group) ?? 0) + 1;
    counts.set(group, count);
    return count <= perGroup;
  };
};

export { createGroupFilter };
