import { health, httpLines, trainingYaml } from '../answers.js';
import type { Fault } from './fault.js';

export const CLUSTER_FAULTS: readonly Fault[] = [
  {
    name: 'the cluster has neither curl nor python',
    check: 'cluster.http-client',
    break: (w) => {
      w.cluster['probe.tool'] = 'none';
    },
  },
  {
    name: 'the tunnel finds no server',
    check: 'cluster.bad-gateway',
    break: (w) => {
      w.cluster['probe.line'] = httpLines(502, {}, ['x-arpo-env-tunnel: local-down']);
    },
  },
  {
    name: "another service answers on the cluster's port",
    check: 'cluster.identity',
    break: (w) => {
      w.cluster['probe.line'] = httpLines(404, {}, ['server: nginx']);
    },
  },
  {
    name: 'the cluster reaches another env server',
    check: 'cluster.same-server',
    break: (w) => {
      w.cluster['probe.line'] = httpLines(200, health({ provider: 'sim' }));
    },
  },
  {
    name: 'the trainer has no token',
    check: 'cluster.token',
    break: (w) => {
      w.config.server = { token: 'abcdefgh' };
      w.cluster['probe.line'] = httpLines(401, {}, ['www-authenticate: Basic realm="arpo-env"']);
    },
  },
  {
    name: 'others have an account on the cluster, and the server asks for no token',
    check: 'cluster.shared',
    break: (w) => {
      w.cluster.others = '12';
    },
  },
  {
    name: 'accounts of the cluster come from a directory, and the server asks for no token',
    check: 'cluster.shared',
    break: (w) => {
      w.cluster.directory = 'yes';
    },
  },
  {
    name: 'localhost is ::1',
    check: 'cluster.localhost',
    break: (w) => {
      w.cluster.localhost = '::1';
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://localhost:15001' });
    },
  },
  {
    name: 'a proxy catches loopback',
    check: 'cluster.proxy',
    break: (w) => {
      w.cluster['proxy.http_proxy'] = 'http://proxy.example:3128';
    },
  },
  {
    name: 'Ray does not run',
    check: 'ray.running',
    break: (w) => {
      delete w.cluster.ray;
      delete w.cluster['ray.listen'];
    },
  },
  {
    name: "Ray's head has another port",
    check: 'ray.port',
    break: (w) => {
      w.cluster.ray = ['--gcs_server_port=6379', '--static_resource_list=CPU,64,docker:10.0.0.1,1'];
      delete w.cluster['ray.listen'];
    },
  },
  {
    name: "Ray's resource is for another address",
    check: 'ray.resource',
    break: (w) => {
      w.cluster.ray = [
        '--gcs_server_port=2468',
        '--node_ip_address=10.0.0.1',
        '--static_resource_list=CPU,64,docker:192.0.2.7,1',
      ];
    },
  },
  {
    name: "Ray lacks the env worker's resource",
    check: 'ray.resource',
    break: (w) => {
      w.cluster.ray = ['--gcs_server_port=2468', '--static_resource_list=CPU,64'];
    },
  },
  {
    name: "the trainer's clone is missing",
    check: 'trainer.repo',
    break: (w) => {
      delete w.cluster['repo.exists'];
      delete w.cluster['yaml.exists'];
    },
  },
  {
    name: 'the training config is missing',
    check: 'trainer.config',
    break: (w) => void delete w.cluster['yaml.exists'],
  },
  {
    name: 'the training config is not YAML',
    check: 'trainer.config',
    break: (w) => {
      w.cluster['yaml.line'] = ['env: ['];
    },
  },
  {
    name: 'a placeholder is left in its URL',
    check: 'trainer.placeholder',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://YOUR_MAC_IP:15001' });
    },
  },
  {
    name: 'its URL has another port',
    check: 'trainer.url',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://127.0.0.1:5001' });
    },
  },
  {
    name: 'its URL is that of another machine',
    check: 'trainer.url',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://192.0.2.9:15001' });
    },
  },
  {
    name: 'its URL has the old name',
    check: 'trainer.spelling',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ key: 'remote_env_url' });
    },
  },
  {
    name: 'num_envs is 4',
    check: 'trainer.envs',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ envs: 4 });
    },
  },
  {
    name: "max_steps is below the server's",
    check: 'trainer.max-steps',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ steps: 15 });
    },
  },
  {
    name: 'limit_images is 10',
    check: 'trainer.images',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ images: 10 });
    },
  },
  {
    name: 'the rollout batch is too large',
    check: 'trainer.batch-size',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ rollout: 16 });
    },
  },
  {
    name: 'the conda environment is missing',
    check: 'trainer.conda',
    break: (w) => void delete w.cluster['conda.env'],
  },
];
