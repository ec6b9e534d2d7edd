import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { Config } from '../../sdk/wire.ts';
import { may, ofPipeline, sessionQuery } from '../data/session.ts';
import { Answer, ConfirmButton, Empty, Panel } from '../ui/basics.tsx';
import { Time } from '../ui/time.tsx';
import { tell, tellError } from '../ui/toast.tsx';
import { configText } from './config-text.ts';
import { configsQuery, deploy, pipelineKey } from './queries.ts';
import { type Row, sideBySide } from './side-by-side.ts';

const ROUTE = '/pipelines/$namespace/$pipeline';

/** The versions of a pipeline, and what changed from one to another. */
export function VersionsTab({ pipeline }: { readonly pipeline: PipelineRef }) {
  const query = useQuery(configsQuery(pipeline));
  return (
    <Answer query={query} lines={8}>
      {({ configs }) =>
        configs.length === 0 ? (
          <Empty command="gofer up pipeline.ts">It has no version. Register one:</Empty>
        ) : (
          <Versions pipeline={pipeline} configs={configs} />
        )
      }
    </Answer>
  );
}

function Versions({ pipeline, configs }: { readonly pipeline: PipelineRef; readonly configs: readonly Config[] }) {
  const search = useSearch({ from: `/shell${ROUTE}` });
  const now = configs.find(({ version }) => version === search.new) ?? configs[0];
  const before = configs.find(({ version }) => version === (search.old ?? (now?.version ?? 0) - 1));
  return (
    <div className="versions">
      <Panel title="Versions">
        <ul className="rows">
          {configs.map((config) => (
            <li key={config.version} className={config === now ? 'version version-here' : 'version'}>
              <Link
                from={ROUTE}
                search={{ tab: 'versions', new: config.version }}
                className="version-link"
                aria-current={config === now ? 'true' : undefined}
              >
                <span className="version-number">v{config.version}</span>
                <span className="tag">{config.state}</span>
                <span className="quiet">
                  <Time at={config.registered} />
                </span>
              </Link>
              {config.state !== 'live' && <DeployButton pipeline={pipeline} version={config.version} />}
            </li>
          ))}
        </ul>
      </Panel>
      {now && <Comparison configs={configs} now={now} before={before} />}
    </div>
  );
}

function DeployButton({ pipeline, version }: { readonly pipeline: PipelineRef; readonly version: number }) {
  const { data: session } = useQuery(sessionQuery);
  const client = useQueryClient();
  const deployment = useMutation({
    mutationFn: () => deploy(pipeline, version),
    onSuccess: () => tell(`Version ${version} is live.`),
    onError: tellError,
    onSettled: () => client.invalidateQueries({ queryKey: pipelineKey(pipeline) }),
  });
  const allowed =
    session?.administrator === true &&
    may(session, 'write', ...ofPipeline(pipeline.namespace, pipeline.pipeline, 'configs'));
  if (!allowed) return null;
  return (
    <ConfirmButton
      danger={false}
      question="New runs use it from then on; runs under way keep theirs."
      confirm={`Deploy version ${version}`}
      disabled={deployment.isPending}
      onConfirm={() => deployment.mutate()}
    >
      Deploy
    </ConfirmButton>
  );
}

function Comparison({
  configs,
  now,
  before,
}: {
  readonly configs: readonly Config[];
  readonly now: Config;
  readonly before: Config | undefined;
}) {
  const navigate = useNavigate({ from: ROUTE });
  const rows = useMemo(() => sideBySide(before ? configText(before) : '', configText(now)), [before, now]);
  const choose = (version: string) =>
    void navigate({
      search: { tab: 'versions', new: now.version, old: Number(version) },
      replace: true,
      resetScroll: false,
    });
  const choice = (
    <label className="filter">
      <span>compared with</span>
      <select value={before?.version ?? 0} onChange={({ target }) => choose(target.value)}>
        <option value={0}>nothing</option>
        {configs
          .filter(({ version }) => version !== now.version)
          .map(({ version }) => (
            <option key={version} value={version}>
              v{version}
            </option>
          ))}
      </select>
    </label>
  );
  return (
    <Panel title={`Version ${now.version}`} aside={choice}>
      {rows.every(({ kind }) => kind !== 'changed') ? (
        <p className="quiet panel-empty">Both are the same.</p>
      ) : (
        <Diff rows={rows} oldName={before ? `v${before.version}` : 'nothing'} newName={`v${now.version}`} />
      )}
    </Panel>
  );
}

function Diff({
  rows,
  oldName,
  newName,
}: {
  readonly rows: readonly Row[];
  readonly oldName: string;
  readonly newName: string;
}) {
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="What changed">
      <table className="diff">
        <colgroup>
          <col className="diff-numbers" />
          <col />
          <col className="diff-numbers" />
          <col />
        </colgroup>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Line of {oldName}</th>
            <th scope="col">{oldName}</th>
            <th scope="col">Line of {newName}</th>
            <th scope="col">{newName}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) =>
            row.kind === 'gap' ? (
              <tr key={index} className="diff-gap">
                <td colSpan={4}>⋯</td>
              </tr>
            ) : (
              <tr key={index}>
                <td className="diff-number">{row.left?.number}</td>
                <td className={row.kind === 'changed' ? (row.left ? 'diff-old' : 'diff-none') : undefined}>
                  {row.left?.text}
                </td>
                <td className="diff-number">{row.right?.number}</td>
                <td className={row.kind === 'changed' ? (row.right ? 'diff-new' : 'diff-none') : undefined}>
                  {row.right?.text}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
