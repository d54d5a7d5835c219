import { applyCommitsLua } from './apply-commits.lua';

/**
 * Commits any number of records, each by its own version; one that conflicts does not touch the others.
 *
 * Takes: KEYS and ARGV as in apply-commits.lua.ts. Answers a word per commit: committed | conflict.
 */
export const commitLua = `${applyCommitsLua}
return applyCommits(1, 1)
`;
