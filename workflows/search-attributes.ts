import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

// By these the workflows of runs can be found in the Temporal UI, for example with: GoferPipeline = "nightly"
export const goferNamespace = defineSearchAttributeKey('GoferNamespace', SearchAttributeType.KEYWORD);
export const goferPipeline = defineSearchAttributeKey('GoferPipeline', SearchAttributeType.KEYWORD);
export const goferRun = defineSearchAttributeKey('GoferRun', SearchAttributeType.INT);
/** How the run ended; only set once it has. */
export const goferStatus = defineSearchAttributeKey('GoferStatus', SearchAttributeType.KEYWORD);

/** All that a Temporal namespace has to know before a run starts. */
export const searchAttributes = [goferNamespace, goferPipeline, goferRun, goferStatus] as const;
