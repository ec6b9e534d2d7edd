/** What has to be done again and again so that nothing piles up. The names are part of histories and of schedules. */
export const Chore = {
  PruneEvents: 'prune_events',
  PruneAudit: 'prune_audit',
  PruneExternalEvents: 'prune_external_events',
  PurgeTokens: 'purge_tokens',
  ExpireLogs: 'expire_logs',
  /** Removes containers whose run is over or unknown: what crashes and lost engines left. */
  ReapContainers: 'reap_containers',
  PruneImages: 'prune_images',
  /** Deletes the objects of old runs. */
  ExpireObjects: 'expire_objects',
  /** Removes bytes whose records were deleted. */
  RemoveBytes: 'remove_bytes',
  /** Compares records and bytes in one part of the object store. */
  SweepObjects: 'sweep_objects',
} as const;
export type Chore = (typeof Chore)[keyof typeof Chore];

/** What came of one batch of a chore. */
export interface ChoreReport {
  /** How many things were dealt with. */
  readonly done: number;
  /** Whether there may be more of them. */
  readonly more: boolean;
}
