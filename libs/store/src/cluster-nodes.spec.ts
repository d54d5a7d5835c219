import { ClusterNodes, type SlotRange } from './cluster-nodes';

const slot = 9_935;
const first = { host: '10.0.0.1', port: 7_001 };
const second = { host: '10.0.0.1', port: 7_002 };
const third = { host: '10.0.0.1', port: 7_003 };

/** The lower half and the upper half of the slots, each with its master and its replica. */
const slots: SlotRange[] = [
  { first: 0, last: 8_191, nodes: [first] },
  { first: 8_192, last: 16_383, nodes: [second, third] },
];

type Answers = Readonly<Record<number, SlotRange[]>>;

/** Nodes by port that answer as `now` says; the others cannot be reached. */
class Scene {
  readonly asked: number[] = [];
  now: Answers = {};
  readonly nodes = new ClusterNodes([first], slot, ({ port }) => {
    this.asked.push(port);
    const answer = this.now[port];
    return answer === undefined ? Promise.reject(new Error('away')) : Promise.resolve(answer);
  });
}

describe('the master of a slot', () => {
  it('is named by any node of a working Cluster', async () => {
    const scene = new Scene();
    scene.now = { 7001: slots };
    expect(await scene.nodes.master({})).toEqual(second);
  });

  it('is asked for among all nodes that were ever named when those of the address are gone', async () => {
    const scene = new Scene();
    scene.now = { 7001: slots };
    await scene.nodes.master({});
    scene.now = { 7003: [{ first: 0, last: 16_383, nodes: [third] }] };
    expect(await scene.nodes.master({})).toEqual(third);
    scene.asked.length = 0;
    await scene.nodes.master({});
    expect(scene.asked).toEqual([7_003]);
  });

  it('is not taken from a node that knows none, and is guessed when nobody knows', async () => {
    const scene = new Scene();
    expect(await scene.nodes.master({})).toEqual(first);
    scene.now = { 7001: slots };
    await scene.nodes.master({});
    scene.now = { 7001: [{ first: 0, last: 8_191, nodes: [first] }] };
    expect(await scene.nodes.master({})).toEqual(second);
  });
});
