/** Service accounts of a Kubernetes cluster, by the tokens that it projects into pods. */
import { EXACT, NAMED, type Preset } from './preset.ts';

export const kubernetes: Preset = {
  name: 'kubernetes',
  title: 'Kubernetes service accounts',
  page: 'kubernetes.md',
  tokens: 'workloads',
  parameters: {
    issuer: {
      is: 'what `kubectl get --raw /.well-known/openid-configuration` gives as issuer',
      // AKS has a slash at its end.
      like: /^https:\/\/[^\s?#/@{}]+(?:\/[^\s?#{}]*)?$/,
    },
  },
  issuer: '{issuer}',
  algorithms: ['RS256'],
  // The kubelet keeps a token in its file until most of its life is over, so it is handed over again and again.
  singleUse: false,
  match: {},
  pins: [
    { '/kubernetes.io/namespace': EXACT, '/kubernetes.io/serviceaccount/name': NAMED },
    { '/kubernetes.io/serviceaccount/uid': EXACT },
    { sub: EXACT },
  ],
  subject: 'k8s:{/kubernetes.io/namespace}/{/kubernetes.io/serviceaccount/name}',
  warnings: [],
};
