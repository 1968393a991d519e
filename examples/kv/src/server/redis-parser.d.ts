declare module 'redis-parser' {
  namespace RedisParser {
    interface Options {
      returnReply(reply: unknown): void;
      returnError(error: Error): void;
      returnFatalError?(error: Error): void;
      returnBuffers?: boolean;
    }
  }

  class RedisParser {
    constructor(options: RedisParser.Options);
    execute(bytes: Buffer): void;
  }
  export = RedisParser;
}
