import { applyCommitLua } from './apply-commit.lua';

/**
 * Commits any number of records, each by its own version; one that conflicts does not touch the others.
 *
 * Takes: KEYS[1] journal, then the keys of each commit; ARGV[1] number of commits, ARGV[2] journal limit, then the
 * arguments of each commit (apply-commit.lua.ts).
 * Answers a word per commit: committed | conflict.
 */
export const commitLua = `${applyCommitLua}
local k, a, answers = 2, 3, {}
for i = 1, tonumber(ARGV[1]) do
  local fenced = fence(k, a)
  k, a = apply(k, a, KEYS[1], ARGV[2], fenced == 'open')
  answers[i] = fenced == 'open' and 'committed' or fenced
end
return answers
`;
