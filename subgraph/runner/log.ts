/** One line of JSON a message, on stderr: stdout is for the line that says the runner is ready. */
export type Logger = (
  level: 'debug' | 'info' | 'warning' | 'error',
  message: string,
  meta?: Readonly<Record<string, unknown>>,
) => void;

const ORDER = ['debug', 'info', 'warning', 'error'] as const;

export function createLogger(least: (typeof ORDER)[number]): Logger {
  return (level, message, meta = {}) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...meta })}\n`);
  };
}
