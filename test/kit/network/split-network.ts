import { ip, NetworkNamespace } from './network-namespace';

/**
 * Networks of their own with a cable between each two. One can be cut off from the others: nothing passes and nobody is told,
 * while all of them still reach this machine, and it them. It goes as its namespaces go.
 */
export class SplitNetwork {
  private constructor(readonly parts: readonly NetworkNamespace[]) {}

  static create(partCount: number): SplitNetwork {
    const parts: NetworkNamespace[] = [];
    try {
      for (let number = 0; number < partCount; number++) parts.push(NetworkNamespace.create());
      const [first] = parts;
      parts.forEach((one, number) => {
        for (const other of parts.slice(number + 1)) join(one, other);
        if (first !== undefined && one !== first)
          ip('-n', one.name, 'route', 'add', `${first.outerAddress}/32`, 'via', one.outerAddress);
      });
      return new SplitNetwork(parts);
    } catch (error) {
      for (const part of parts) part.remove();
      throw error;
    }
  }

  /** This machine's address, for all of them. */
  get outerAddress(): string {
    const [first] = this.parts;
    if (first === undefined) throw new Error('a network without parts');
    return first.outerAddress;
  }

  cutOff(part: NetworkNamespace): void {
    for (const other of this.parts) {
      if (other === part) continue;
      part.lose(other.innerAddress, cableTo(other));
      other.lose(part.innerAddress, cableTo(part));
    }
  }

  heal(): void {
    for (const one of this.parts)
      for (const other of this.parts) if (other !== one) one.find(other.innerAddress, cableTo(other));
  }

  remove(): void {
    for (const part of this.parts) part.remove();
  }
}

/** Names of interfaces have at most 15 characters; this one is told by an address that no other part has. */
function cableTo({ innerAddress }: NetworkNamespace): string {
  return `to-${innerAddress.split('.').slice(2).join('-')}`;
}

/** The cable has no addresses: each end is the way to the address that the other namespace has already. */
function join(one: NetworkNamespace, other: NetworkNamespace): void {
  const ends = [cableTo(other), 'netns', one.name, 'type', 'veth', 'peer', 'name', cableTo(one), 'netns', other.name];
  ip('link', 'add', ...ends);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    ip('-n', from.name, 'link', 'set', cableTo(to), 'up');
    ip('-n', from.name, 'route', 'add', `${to.innerAddress}/32`, 'dev', cableTo(to), 'src', from.innerAddress);
  }
}
