/** True on a Debian or Ubuntu machine whose packages we may install. */
export function canInstallPackages(): boolean;
export function installPackages(...packages: readonly string[]): Promise<void>;
