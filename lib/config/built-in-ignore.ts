/**
 * Files that nobody would miss, on every node. Only what a program makes again by itself, or what holds no work. A doubt keeps the
 * node: so neither logs nor editors' swap files are here, nor anything of a git repository that could hold the only copy of a
 * commit or a change. Absolute globs, because they hold in the data root, the home and `/workspace` alike.
 */
const BUILT_IN_IGNORE: readonly string[] = [
  // Histories and marks of interactive shells and tools.
  '~/.*_history',
  '~/.lesshst',
  '~/.viminfo',
  '~/.wget-hsts',
  '~/.zcompdump*',
  '~/.sudo_as_admin_successful',
  '~/.ipython/profile_*/history.sqlite*',
  '~/.local/share/fish/fish_history',
  // Keys and known hosts: a node's own, and not for an artifact store.
  '~/.ssh/**',
  // What can be downloaded or compiled again.
  '~/.cache/**',
  '~/.nv/**',
  '~/.triton/**',
  '~/.npm/**',
  '~/.cargo/registry/**',
  '~/.vscode-server/**',
  '~/.cursor-server/**',
  '~/.local/share/jupyter/runtime/**',
  '/**/site-packages/**',
  '/**/.venv/**',
  '/**/node_modules/**',
  '/**/__pycache__/**',
  '/**/.pytest_cache/**',
  '/**/.mypy_cache/**',
  '/**/.ruff_cache/**',
  // Copies that Jupyter makes of a notebook that lies beside them.
  '/**/.ipynb_checkpoints/**',
  // git writes these when somebody only looks. Objects, refs and the working tree stay: they may be the only copy.
  '/**/.git/index',
  '/**/.git/FETCH_HEAD',
  '/**/.git/gc.log',
  '/**/.git/hooks/*.sample',
];

export { BUILT_IN_IGNORE };
