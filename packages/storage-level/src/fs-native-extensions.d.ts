declare module 'fs-native-extensions' {
  const extensions: {
    /** An exclusive lock of the open file description. False if another holds one. */
    tryLock(fd: number): boolean;
    unlock(fd: number): void;
  };
  // biome-ignore lint/style/noDefaultExport: it is a CommonJS module
  export default extensions;
}
