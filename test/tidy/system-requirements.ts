import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '#config/package-root';

/** What the tests need of the system; tools/test-requirements.mjs installs by the same table. */
const schema = z.strictObject({
  needs: z.array(
    z.strictObject({
      debian: z.string(),
      programs: z.array(z.string()).optional(),
      anyOf: z.array(z.string()).optional(),
      files: z.array(z.string()).optional(),
      pythonModules: z.array(z.string()).optional(),
      /** Only root can use it, and only where root may do this. */
      privilege: z.string().optional(),
      why: z.string(),
    }),
  ),
  /** Titles of tests by their file. */
  privileges: z.array(z.strictObject({ name: z.string(), tests: z.record(z.string(), z.array(z.string())) })),
  present: z.array(z.strictObject({ files: z.string(), why: z.string() })),
  substitutes: z.array(z.strictObject({ name: z.string(), why: z.string() })),
  shell: z.array(z.strictObject({ why: z.string(), programs: z.array(z.string()) })),
});

export const systemRequirements = schema.parse(
  JSON.parse(readFileSync(join(packageRoot(), 'tools', 'system-requirements.json'), 'utf8')),
);
