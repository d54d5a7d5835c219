import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../ports';
import { Service } from '../service';

/** Also for users whose PATH has no sbin. */
const program = '/usr/sbin/nginx';

/** A real nginx on loopback that shows what is at other addresses below paths of its own. */
export class Nginx {
  private constructor(
    readonly url: string,
    private readonly service: Service,
    private readonly folder: string,
  ) {}

  /** @param locations `location` blocks of its server */
  static async start(locations: string): Promise<Nginx> {
    const port = await freePort();
    const listen = `listen 127.0.0.1:${String(port)};`;
    return Nginx.serve(`server {\n${listen}\n${locations}\n}`, `http://127.0.0.1:${String(port)}`);
  }

  /**
   * @param sites what stands in a file of sites-available
   * @param url of one of them, to which it answers when it is up
   */
  static async serve(sites: string, url: string): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
    await mkdir(join(folder, 'temp'));
    const file = join(folder, 'nginx.conf');
    await writeFile(file, configuration(folder, sites));
    const args = ['-e', 'stderr', '-p', folder, '-c', file];
    const service = new Service({ name: 'nginx', program, args, leadsGroup: true }, async () => {
      await fetch(url, { redirect: 'manual' });
      return true;
    });
    await service.start();
    return new Nginx(url, service, folder);
  }

  async stop(): Promise<void> {
    await this.service.kill9();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, sites: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/temp/${name};`,
  );
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
${temporary.join('\n')}
${sites}
}
`;
}
