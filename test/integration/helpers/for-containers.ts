import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { DOCKER_HOST } from '../../helpers/cluster.ts';

/** A port for containers that leads to one of loopback. */
export interface Door {
  /** Host and port, as containers see it. */
  readonly address: string;
  close(): void;
}

/** Lets containers reach what listens on a port of loopback only. */
export async function openDoor(port: number): Promise<Door> {
  const server = createServer((client) => {
    const inside = connect(port, '127.0.0.1');
    client.on('error', () => inside.destroy()).pipe(inside);
    inside.on('error', () => client.destroy()).pipe(client);
  });
  return { address: await listenForContainers(server), close: () => server.close() };
}

/** Has a server listen where containers reach it, on a free port. */
export async function listenForContainers(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, DOCKER_HOST, resolve));
  return `${DOCKER_HOST}:${(server.address() as AddressInfo).port}`;
}
