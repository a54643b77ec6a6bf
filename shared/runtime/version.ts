/** The version of this build, as in package.json; a test keeps the two equal. A constant: a container has no package.json. */
export const VERSION = '0.1.0';
