export interface UnitOptions {
  readonly description: string;
  /** Program and arguments, absolute. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** The only folder the service writes to. */
  readonly home: string;
  /** Account of a system service; absent for a service of a user. */
  readonly user?: string;
}

/** Seconds that a worker may take to answer what it has in hand and to settle: more than it gives itself. */
const STOP_SECONDS = 30;

/**
 * A systemd unit for a node that runs in the foreground: ended by SIGTERM, started again when it fails but not when it
 * refuses its settings, and shut out of everything but its home.
 */
export function systemdUnit({ description, command, workingDirectory, home, user }: UnitOptions): string {
  return `${[
    '[Unit]',
    `Description=${value(description)}`,
    'After=network-online.target',
    'Wants=network-online.target',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=10',
    '',
    '[Service]',
    'Type=exec',
    ...(user === undefined ? [] : [`User=${value(user)}`]),
    `WorkingDirectory=${value(workingDirectory)}`,
    `ExecStart=${command.map(quoted).join(' ')}`,
    'KillSignal=SIGTERM',
    'KillMode=mixed',
    `TimeoutStopSec=${STOP_SECONDS}`,
    'Restart=on-failure',
    'RestartSec=2',
    '# 2: wrong usage, 3: refused. Neither gets better by trying again.',
    'RestartPreventExitStatus=2 3',
    'UMask=0077',
    '',
    '# Nothing but the home can be written, and nothing can be gained.',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    `ReadWritePaths=${quoted(home)}`,
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'LimitNOFILE=65536',
    '',
    '[Install]',
    `WantedBy=${user === undefined ? 'default.target' : 'multi-user.target'}`,
  ].join('\n')}\n`;
}

/** `%` starts a specifier; a line break would start another setting. */
const value = (text: string): string => text.replaceAll('%', '%%').replace(/[\r\n]+/g, ' ');

/** One word of a command line, as systemd.service(5) reads it. */
function quoted(text: string): string {
  const escaped = value(text).replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
