/**
 * How Node runs the processes of the store. Frames and log records lie outside V8's heap but count against its limits: by default,
 * those that are dead and not collected yet make V8 collect the whole heap, ten times a second under load. So the young generation
 * has its full 16 MiB from the start (more would make for longer pauses), and the old one may grow to four times what lives in it,
 * which is as far as V8 goes by itself.
 */
export const NODE_FLAGS = ['--min-semi-space-size=16', '--heap-growing-percent=300'] as const;
