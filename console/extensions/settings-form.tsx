import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { Extension } from '../../sdk/wire.ts';
import { sessionQuery } from '../data/session.ts';
import { ErrorNote, Panel } from '../ui/basics.tsx';
import { formText } from '../ui/form-text.ts';
import { tell } from '../ui/toast.tsx';
import { update } from './queries.ts';

/** The settings of an extension, as its own documentation has them, and others that it has besides. */
export function SettingsForm({ extension }: { readonly extension: Extension }) {
  const { data: session } = useQuery(sessionQuery);
  const client = useQueryClient();
  const { extension_id: id, status } = extension.registration;
  const change = useMutation({
    mutationFn: (values: Record<string, string>) => update(id, { enable: status !== 'disabled', settings: values }),
    onSuccess: () => tell('It starts anew with these settings.'),
    onSettled: () => client.invalidateQueries({ queryKey: ['extensions'] }),
  });
  const fields = fieldsOf(extension);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate(
      Object.fromEntries(fields.map(({ key }) => [key, formText(form, key)]).filter(([, value]) => value !== '')),
    );
  };
  if (fields.length === 0) return null;
  return (
    <Panel title="Settings">
      <form className="form card-body" onSubmit={submit}>
        {fields.map(({ key, value, required, documentation }) => (
          <label key={key} className="field">
            <span className="mono">{key}</span>
            <input
              name={key}
              className="mono"
              required={required}
              disabled={!session?.administrator}
              defaultValue={value}
            />
            {documentation !== '' && <small>{documentation}</small>}
          </label>
        ))}
        {change.error && <ErrorNote error={change.error} />}
        {session?.administrator && (
          <div className="dialog-actions">
            <button type="submit" className="button" disabled={change.isPending}>
              Save and restart
            </button>
          </div>
        )}
      </form>
    </Panel>
  );
}

/** What it documents, under the names that were given, and whatever else it was given. Capitals make no difference to it. */
function fieldsOf({ documentation, registration: { settings } }: Extension) {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const documented = documentation.config_params.map((param) => {
    const given = settings.find(({ key }) => same(key, param.key));
    return { ...param, ...given, value: given?.value ?? '' };
  });
  const others = settings.filter(({ key }) => !documented.some((field) => same(field.key, key)));
  return [...documented, ...others.map(({ key, value }) => ({ key, value, required: false, documentation: '' }))];
}
