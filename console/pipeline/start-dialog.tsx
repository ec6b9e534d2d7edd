import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState, type FormEvent } from 'react';
import type { PipelineRef } from '../../sdk/resources.ts';
import type { Config } from '../../sdk/wire.ts';
import { runs } from '../data/client.ts';
import { Dialog, ErrorNote } from '../ui/basics.tsx';

interface Entry {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

/** Asks for the variables of a new run. */
export function StartDialog({
  pipeline,
  config,
  onClose,
}: {
  readonly pipeline: PipelineRef;
  readonly config: Config | undefined;
  readonly onClose: () => void;
}) {
  const navigate = useNavigate();
  const [entries, setEntries] = useState<readonly Entry[]>([{ id: 0, key: '', value: '' }]);
  const known = useId();
  const start = useMutation({
    mutationFn: () =>
      runs.start(
        pipeline,
        Object.fromEntries(entries.filter(({ key }) => key !== '').map(({ key, value }) => [key, value])),
      ),
    onSuccess: ({ run }) =>
      navigate({
        to: '/pipelines/$namespace/$pipeline/runs/$run',
        params: { ...pipeline, run: String(run.run_id) },
        search: {},
      }),
  });
  const change = (id: number, part: Partial<Entry>) => {
    const changed = entries.map((entry) => (entry.id === id ? { ...entry, ...part } : entry));
    // There is always an empty one at the end.
    const last = changed.at(-1);
    setEntries(last && last.key !== '' ? [...changed, { id: last.id + 1, key: '', value: '' }] : changed);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  const names = variableNames(config);
  return (
    <Dialog title={`Start a run of ${pipeline.pipeline}`} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <fieldset className="pairs">
          <legend>Variables, for all of its tasks</legend>
          <datalist id={known}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </datalist>
          {entries.map((entry) => (
            <Pair key={entry.id} entry={entry} known={known} onChange={(part) => change(entry.id, part)} />
          ))}
        </fieldset>
        {start.error && <ErrorNote error={start.error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" className="button button-primary" disabled={start.isPending}>
            Start
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface PairProps {
  readonly entry: Entry;
  /** Id of the list of names to propose. */
  readonly known: string;
  readonly onChange: (part: Partial<Entry>) => void;
}

function Pair({ entry, known, onChange }: PairProps) {
  return (
    <div className="pair">
      <input
        className="mono"
        placeholder="NAME"
        aria-label="Name of a variable"
        list={known}
        value={entry.key}
        onChange={({ target }) => onChange({ key: target.value })}
      />
      <input
        className="mono"
        placeholder="value"
        aria-label={`Value of ${entry.key || 'the variable'}`}
        value={entry.value}
        onChange={({ target }) => onChange({ value: target.value })}
      />
    </div>
  );
}

/** The variables that the tasks know. */
function variableNames(config: Config | undefined): string[] {
  const variables = Object.values(config?.tasks ?? {}).flatMap((task) => task.variables);
  return [...new Set(variables.map(({ key }) => key))];
}
