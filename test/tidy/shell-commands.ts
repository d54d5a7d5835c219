import { type TextFile } from './repository';

/** Which commands a shell script runs. It reads as much of the shell as the scripts of this repository use. */

/** After these a command follows on the same line. */
const beforeCommand = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!', 'exec', 'command']);
/** They run the command that follows, and are programs themselves. */
const launchers = new Set(['setsid']);
const ownOfShell = new Set(
  (
    '. : [ [[ break case cd continue do done echo esac eval exit export false fi for getopts hash in kill local mapfile ' +
    'printf pwd read readonly return set shift test trap true type ulimit umask unset wait }'
  ).split(' '),
);

export function isShellScript({ text }: TextFile): boolean {
  return /^#!\/(usr\/bin\/env (ba)?sh|bin\/(ba)?sh)\b/.test(text);
}

/** Names of commands that are neither the shell's own nor functions of the script. */
export function commandsOfScript({ text }: TextFile): string[] {
  const functions = new Set([...text.matchAll(/^\s*([\w-]+)\(\)/gm)].map(([, name]) => name ?? ''));
  const commands: string[][] = [];
  new Scanner(text, commands).list();
  const names = new Set(commands.flatMap(commandsOf));
  return [...names].filter((name) => !ownOfShell.has(name) && !functions.has(name)).sort();
}

function commandsOf(words: readonly string[]): string[] {
  const place = words.findIndex((word) => !beforeCommand.has(word) && !/^\w+=/.test(word));
  const word = words[place];
  if (word === undefined || !/^[a-z][\w.-]*$/.test(word)) return [];
  return launchers.has(word) ? [word, ...commandsOf(words.slice(place + 1))] : [word];
}

class Scanner {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly commands: string[][],
  ) {}

  /** Commands up to the bracket that ends a substitution or a subshell; all of them where there is none. */
  list(isInBrackets = false): void {
    let words: string[] = [];
    const end = (): void => {
      if (words.length > 0) this.commands.push(words);
      words = [];
    };
    while (this.at < this.text.length) {
      const here = this.text[this.at] ?? '';
      if (here === ')' && isInBrackets) break;
      // A pattern of `case`.
      if (words.length === 0 && !isInBrackets && this.skip(/[\w*.-]+(\s*\|\s*[\w*.-]+)*\)/y)) continue;
      if (this.skip(/\s*\\\n|[ \t]+|#[^\n]*/y) || this.skip(/\(\([\s\S]*?\)\)|\d?[<>]&\d|&>/y)) continue;
      if (this.skipHereDocument()) continue;
      if (this.skip(/[\n;&|]+/y)) end();
      else if (this.skip(/\(/y)) {
        end();
        this.list(true);
        this.skip(/\)/y);
      } else {
        const before = this.at;
        words.push(this.word());
        if (this.at === before)
          throw new Error(`this shell script cannot be read: ${this.text.slice(before, before + 40)}`);
      }
    }
    end();
  }

  /** Letters up to the next blank or operator; each quoted text or expansion in it as one `?`. */
  private word(): string {
    let word = '';
    for (;;) {
      const plain = this.take(/[^\s;&|()<>'"$`\\]+|[<>]/y);
      if (plain !== undefined) word += plain;
      else if (this.skip(/'[^']*'|\\[\s\S]|\$\(\([\s\S]*?\)\)|\$\{[^}]*\}|\$[\w@*#?$!-]?/y)) word += '?';
      else if (this.substitution() || this.doubleQuoted()) word += '?';
      else return word;
      if (/[<>]$/.test(word)) return '';
    }
  }

  private substitution(): boolean {
    // The dollar sign before it has been taken.
    if (!this.skip(/\(/y)) return false;
    this.list(true);
    return this.skip(/\)/y);
  }

  private doubleQuoted(): boolean {
    if (!this.skip(/"/y)) return false;
    while (!this.skip(/"/y)) {
      if (this.at >= this.text.length) throw new Error('a double quote has no end');
      if (this.skip(/\$\((?!\()/y)) {
        this.list(true);
        this.skip(/\)/y);
      } else this.skip(/\\[\s\S]|[\s\S]/y);
    }
    return true;
  }

  private skipHereDocument(): boolean {
    const start = this.take(/<<-?\s*['"]?\w+['"]?[^\n]*\n/y);
    if (start === undefined) return false;
    const [, name = ''] = /<<-?\s*['"]?(\w+)/.exec(start) ?? [];
    const end = new RegExp(`^\\s*${name}$`, 'm').exec(this.text.slice(this.at));
    this.at += end === null ? 0 : end.index + end[0].length;
    return true;
  }

  private skip(pattern: RegExp): boolean {
    return this.take(pattern) !== undefined;
  }

  /** The pattern is sticky. */
  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found === '' ? undefined : found;
  }
}
