/** Called before each call of a port, and what it answers after it; what either throws is what the caller of the port gets. */
type Observer = (call: string) => () => void;

const observePort = <Port extends object>(port: Port, name: string, observer: Observer): Port =>
  new Proxy(port, {
    get: (target, key, receiver) => {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof value !== 'function') return value;
      return async (...parameters: unknown[]): Promise<unknown> => {
        const call = `${name}.${String(key)}`;
        const after = observer(call);
        const answer: unknown = await Reflect.apply(value, target, parameters);
        after();
        return answer;
      };
    },
  });

/** The same ports, with every asynchronous call seen by `observer`: to count API calls, or to crash between any two. */
const observeCalls = <
  Ports extends Record<
    | 'deliveries'
    | 'distributions'
    | 'artifacts'
    | 'commands'
    | 'slots'
    | 'nodes'
    | 'audit'
    | 'publisher'
    | 'sender'
    | 'seen',
    object
  >,
>(
  ports: Ports,
  observer: Observer,
): Ports => ({
  ...ports,
  deliveries: observePort(ports.deliveries, 'deliveries', observer),
  distributions: observePort(ports.distributions, 'distributions', observer),
  artifacts: observePort(ports.artifacts, 'artifacts', observer),
  commands: observePort(ports.commands, 'commands', observer),
  slots: observePort(ports.slots, 'slots', observer),
  nodes: observePort(ports.nodes, 'nodes', observer),
  audit: observePort(ports.audit, 'audit', observer),
  publisher: observePort(ports.publisher, 'publisher', observer),
  sender: observePort(ports.sender, 'sender', observer),
  seen: observePort(ports.seen, 'seen', observer),
});

export type { Observer };
export { observeCalls };
