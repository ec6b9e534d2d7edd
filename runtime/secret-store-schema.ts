import { z } from 'zod';
import { KEY_ID } from '../services/sealing.ts';

/** The key that the original Gofer came with, and so everybody knows. */
const WELL_KNOWN_KEY = 'changemechangemechangemechangeme';

/** A text that a master key is derived from. */
export const masterKey = z
  .string()
  .min(32, 'must have at least 32 characters')
  .refine((key) => key !== WELL_KNOWN_KEY, 'is the key that everybody knows; make one of your own');

/** Master keys by id. */
export const masterKeys = z.record(
  z.string().regex(KEY_ID, 'must be an id of lower case letters, digits, - and _'),
  masterKey,
);

const vault = z
  .strictObject({
    address: z
      .string()
      .regex(/^https?:\/\//, 'must start with https:// or http://')
      .optional()
      .describe('Where Vault is, for example `https://vault:8200`.'),
    mount: z.string().default('secret').describe('Where in it the KV engine, version 2, is mounted.'),
    prefix: z.string().default('gofer').describe('The folder in that engine for the secrets.'),
    token: z.string().optional().describe("Vault's token."),
    token_file: z
      .string()
      .optional()
      .describe('The file with the token instead, read for each request: agents renew it.'),
    namespace: z.string().optional().describe("Vault's namespace, in its enterprise edition."),
    ca_file: z.string().optional().describe("A PEM file with the certificate of Vault's authority."),
    timeout: z.number().int().min(1).default(5).describe('Seconds that one request may take; some are tried again.'),
  })
  .prefault({});

export const secretStore = z
  .strictObject({
    engine: z
      .enum(['database', 'vault'])
      .default('database')
      .describe('What keeps the values of secrets: PostgreSQL, encrypted, or HashiCorp Vault.'),
    encryption_key: masterKey
      .optional()
      .describe('What secrets are encrypted with: at least 32 characters that nobody can guess.'),
    keys: masterKeys
      .default({})
      .describe('Several such keys by id, to change from one to the other: see [security](security.md#keys).'),
    keys_file: z.string().optional().describe('A TOML file with more of them, as `id = "key"`.'),
    active_key: z
      .string()
      .optional()
      .describe('The id of the key that encrypts; by default the only one of `keys`, or else `encryption_key`.'),
    vault,
  })
  .prefault({});
