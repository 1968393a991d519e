/** Until the promise settles, calls `say` every `period` ms with the seconds that it has taken. Settles as the promise does. */
export const whileWaiting = async <T>(promise: Promise<T>, period: number, say: (seconds: number) => void): Promise<T> => {
  const since = performance.now();
  const timer = setInterval(() => say(Math.round((performance.now() - since) / 1000)), period);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
};
