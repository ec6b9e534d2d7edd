import { useMemo } from 'react';
import { extensionLog } from '../logs/extension-log.ts';
import { LogView } from '../logs/log-view.tsx';

/** What an extension has printed since it started. */
export function ExtensionLog({ id }: { readonly id: string }) {
  const source = useMemo(() => extensionLog(id), [id]);
  return <LogView source={source} />;
}
