import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { Dialog, ErrorNote } from '../ui/basics.tsx';
import { formText } from '../ui/form-text.ts';
import { install } from './queries.ts';

/** Asks for what an extension needs to be installed; what it wants to be told, its own documentation says afterwards. */
export function InstallDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const installation = useMutation({
    mutationFn: install,
    onSuccess: async ({ extension }) => {
      await client.invalidateQueries({ queryKey: ['extensions'] });
      await navigate({ to: '/extensions/$extension', params: { extension: extension.registration.extension_id } });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    installation.mutate({
      id: formText(form, 'id'),
      image: formText(form, 'image'),
      settings: parseSettings(formText(form, 'settings')),
    });
  };
  return (
    <Dialog title="Install an extension" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <label className="field">
          <span>Id</span>
          <input name="id" required pattern="[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}" placeholder="cron" />
        </label>
        <label className="field">
          <span>Image</span>
          <input name="image" required className="mono" placeholder="builtin/cron" />
          <small>Any image that speaks the protocol of extensions, or one that is built in.</small>
        </label>
        <label className="field">
          <span>Settings</span>
          <textarea name="settings" rows={3} className="mono" placeholder={'NAME=value, one a line'} />
          <small>What it has to know to start. Its documentation has them all once it is installed.</small>
        </label>
        {installation.error && <ErrorNote error={installation.error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" className="button button-primary" disabled={installation.isPending}>
            {installation.isPending ? 'Installing …' : 'Install'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Lines of `NAME=value`. */
function parseSettings(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1)]),
  );
}
