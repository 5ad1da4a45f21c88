// A network that this machine does not reach by itself: a namespace with a cable to one gate in it, from where the server
// is reached and nothing else.

import { execFileSync } from "node:child_process";
import { type Server, type Socket, connect, createServer } from "node:net";

export class ClosedNetwork {
  private static count = 0;

  private constructor(
    private readonly name: string,
    private readonly cable: string,
    private readonly door: Server,
    /** Words that stand before whatever is to run inside. */
    readonly inside: string[],
    /** The server, as it is called inside. */
    readonly server: string,
  ) {}

  /** Lays one out in which the server at `url` is reached; none, said loudly, where this user may not. */
  static async lay(url: string): Promise<ClosedNetwork | undefined> {
    const number = (process.pid * 7 + ClosedNetwork.count) % 16_000;
    ClosedNetwork.count += 1;
    const [name, cable] = [`journey${number}`, `wire${number}`];
    const [third, fourth] = [Math.floor(number / 64), (number % 64) * 4];
    const [here, gate] = [`10.214.${third}.${fourth + 1}`, `10.214.${third}.${fourth + 2}`];
    try {
      ip(`netns add ${name}`);
      ip(`link add ${cable} type veth peer name gate netns ${name}`);
      ip(`addr add ${here}/30 dev ${cable}`);
      ip(`link set ${cable} up`);
      ip(`-n ${name} addr add ${gate}/30 dev gate`);
      ip(`-n ${name} link set gate up`);
      ip(`-n ${name} link set lo up`);
    } catch {
      console.warn("SKIPPED: network namespaces are not permitted here: the mailbox of this journey is on loopback");
      return undefined;
    }
    const { hostname, port } = new URL(url);
    const door = createServer((outer) => joined(outer, connect(Number(port), hostname)));
    await new Promise<void>((resolve) => door.listen(0, here, resolve));
    const { port: listening } = door.address() as { port: number };
    return new ClosedNetwork(name, cable, door, ["ip", "netns", "exec", name], `http://${here}:${listening}`);
  }

  async end(): Promise<void> {
    ip(`netns del ${this.name}`);
    try {
      ip(`link del ${this.cable}`);
    } catch {
      // It went with its other end.
    }
    this.door.close();
  }
}

function joined(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on("error", () => other.destroy());
  other.on("error", () => one.destroy());
}

function ip(words: string): void {
  execFileSync("ip", words.split(" "), { stdio: "ignore" });
}
