// The networks of this site: which styles there are, which networks of a style, which stages.

export class Catalogue {
  /** networks: of site.json. */
  constructor(networks) {
    this.networks = networks;
  }

  /** One network for each style, in the site's order. */
  get styles() {
    return unique(this.networks, (network) => network.style);
  }

  /** One network for each name that a style has. */
  of(style) {
    const here = this.networks.filter((network) => network.style === style);
    return unique(here, (network) => network.name);
  }

  /** One network for each stage that a name of a style has. */
  stages(style, name) {
    return this.networks.filter((network) => network.style === style && network.name === name);
  }

  /** The network that is nearest to what is wanted: {style, name, stage}. */
  nearest({ style, name, stage }) {
    const rank = (network) =>
      4 * (network.style === style) + 2 * (network.name === name) + (network.stage === stage);
    return this.networks.reduce((best, network) => (rank(network) > rank(best) ? network : best));
  }

  /** α down to the smallest and β likewise, if the networks of a style fill most of such a grid. */
  grid(style) {
    const networks = this.of(style);
    const [alphas, betas] = ["alpha", "beta"].map((side) =>
      [...new Set(networks.map((network) => network[side]))].sort((a, b) => b - a),
    );
    const places = new Set(networks.map(({ alpha, beta }) => `${alpha} ${beta}`));
    const plain = networks.every(({ alpha, beta }) => alpha !== null && beta !== null);
    const crossed = alphas.length > 1 && betas.length > 1 && alphas.length <= 6;
    const filled = 2 * networks.length > alphas.length * betas.length;
    return plain && crossed && filled && places.size === networks.length ? { alphas, betas } : null;
  }
}

function unique(networks, key) {
  return [...new Map(networks.map((network) => [key(network), network]).reverse()).values()].reverse();
}
