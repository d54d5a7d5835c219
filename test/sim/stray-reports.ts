import { type Random } from '../kit/random';
import { type World } from './world';

/** Old connections are reported as gone again, late and twice, by this server or another; and a sweep comes late. */
export function reportStrays(world: World, random: Random, until: number): void {
  const { stage } = world;
  const { time } = stage;
  const report = (): void => {
    if (time.now > until) return;
    const { agentId } = random.pick(world.desktops);
    const alive = world.servers.filter(({ process }) => process.isAlive);
    if (alive.length > 0) {
      const owner = random.pick(alive);
      const teller = random.pick(alive);
      const old = world.endedConnectionsOf(agentId);
      if (old.length > 0) {
        const connection = random.pick(old);
        const times = random.chance(0.4) ? 2 : 1;
        stage.inject(times === 2 ? 'closed event doubled' : 'closed event late', connection);
        for (let n = 0; n < times; n++)
          stage.as(teller.process, () => void teller.desk.closeUnheld(agentId, connection, 'lost'));
      }
      const worker = world.workers.find(({ process }) => process.isAlive);
      if (worker !== undefined && random.chance(0.5)) {
        stage.inject('sweep late', `${agentId} on ${owner.serverId}`);
        stage.as(worker.process, () => {
          worker.sweepLate(agentId, owner.serverId);
        });
      }
    }
    time.after(random.between(500, 8_000), time.world, report);
  };
  report();
}
