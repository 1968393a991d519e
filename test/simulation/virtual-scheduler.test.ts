import { SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import { debounceTime, delay, interval, map, merge, observeOn, of, Subject, take, timeout, timer } from 'rxjs';
import { describe, expect, test } from 'vitest';

describe('virtual time', () => {
  test('runs what is due earlier first, and of what is due together what was scheduled first', () => {
    const scheduler = new VirtualScheduler();
    const random = new SeededRandom(7);
    const due = Array.from({ length: 5000 }, (_, number) => ({ number, at: random.below(100) }));
    const ran: typeof due = [];
    for (const one of due) scheduler.schedule(() => ran.push(one), one.at);
    expect(scheduler.flush()).toBe(5000);
    expect(ran).toEqual(due.toSorted((a, b) => a.at - b.at || a.number - b.number));
    expect(scheduler.executed).toBe(5000);
  });

  test('stands still while an event runs, and moves to the next', () => {
    const scheduler = new VirtualScheduler();
    const seen: number[] = [];
    scheduler.schedule(() => {
      seen.push(scheduler.now());
      scheduler.schedule(() => seen.push(scheduler.now()), 0.5);
      scheduler.schedule(() => seen.push(scheduler.now()));
    }, 2);
    scheduler.flush();
    expect(seen).toEqual([2, 2, 2.5]);
  });

  test('never runs what was unsubscribed, and forgets it', () => {
    const scheduler = new VirtualScheduler();
    const ran: number[] = [];
    const work = Array.from({ length: 1000 }, (_, i) => scheduler.schedule(() => ran.push(i), i));
    for (const [i, one] of work.entries()) if (i % 10 !== 0) one.unsubscribe();
    expect(scheduler.pending).toBe(100);
    scheduler.flush();
    expect(ran).toEqual(Array.from({ length: 100 }, (_, i) => i * 10));
  });

  test('an action that schedules itself again before it is due moves', () => {
    const scheduler = new VirtualScheduler();
    const ran: number[] = [];
    scheduler.schedule(function (this, count?: number) {
      ran.push(scheduler.now());
      if (count === 3) return;
      this.schedule((count ?? 0) + 1, 100);
      this.schedule((count ?? 0) + 1, 10);
    }, 5);
    scheduler.flush();
    expect(ran).toEqual([5, 15, 25, 35]);
  });

  test("carries RxJS's operators", () => {
    const scheduler = new VirtualScheduler();
    const heard: string[] = [];
    const hear = (name: string) => (value: unknown) => heard.push(`${scheduler.now()} ${name} ${value}`);
    const typed = new Subject<string>();
    timer(5, 10, scheduler).pipe(take(3)).subscribe(hear('timer'));
    interval(7, scheduler).pipe(take(2)).subscribe(hear('interval'));
    of('x').pipe(delay(12, scheduler)).subscribe(hear('delay'));
    of('y').pipe(observeOn(scheduler, 1)).subscribe(hear('observeOn'));
    typed.pipe(debounceTime(3, scheduler)).subscribe(hear('debounce'));
    merge(timer(1, scheduler), timer(2.2, scheduler)).subscribe((v) => typed.next(`t${v}`));
    timer(50, scheduler)
      .pipe(timeout({ each: 20, scheduler, with: () => of('late') }), map(String))
      .subscribe(hear('timeout'));
    scheduler.runUntil(100);
    expect(heard).toEqual([
      '1 observeOn y',
      '5 timer 0',
      '5.2 debounce t0',
      '7 interval 0',
      '12 delay x',
      '14 interval 1',
      '15 timer 1',
      '20 timeout late',
      '25 timer 2',
    ]);
    expect(scheduler.pending).toBe(0);
  });

  test('a delay below a microsecond still lets time pass', () => {
    const scheduler = new VirtualScheduler();
    scheduler.schedule(() => {}, 1e-9);
    scheduler.flush();
    expect(scheduler.now()).toBe(0.001);
  });

  test('what an event throws comes out of the run, and the next event runs in the next', () => {
    const scheduler = new VirtualScheduler();
    let ran = false;
    scheduler.schedule(() => {
      throw new Error('in the event');
    }, 1);
    scheduler.schedule(() => {
      ran = true;
    }, 1);
    expect(() => scheduler.runUntil(5)).toThrow('in the event');
    expect(ran).toBe(false);
    scheduler.runUntil(5);
    expect(ran).toBe(true);
  });

  test('runUntil runs what is due at that time, and leaves the rest', () => {
    const scheduler = new VirtualScheduler();
    const ran: number[] = [];
    for (const at of [1, 2, 3]) scheduler.schedule(() => ran.push(at), at);
    expect(scheduler.runUntil(2)).toBe(2);
    expect(scheduler.now()).toBe(2);
    expect(scheduler.step()).toBe(true);
    expect(scheduler.step()).toBe(false);
    expect(ran).toEqual([1, 2, 3]);
  });

  test('an event must not run others', () => {
    const scheduler = new VirtualScheduler();
    scheduler.schedule(() => scheduler.flush());
    expect(() => scheduler.flush()).toThrow('already running');
  });
});

describe('a process in virtual time', () => {
  test('runs nothing any more once it was killed, not even what it schedules then', () => {
    const scheduler = new VirtualScheduler();
    const [dies, lives] = [scheduler.child(), scheduler.child()];
    const ran: string[] = [];
    timer(0, 10, dies).subscribe((i) => ran.push(`dies ${i}`));
    timer(0, 10, lives)
      .pipe(take(4))
      .subscribe((i) => ran.push(`lives ${i}`));
    scheduler.schedule(() => {
      dies.kill();
      dies.schedule(() => ran.push('a ghost'));
    }, 15);
    scheduler.flush();
    expect(ran).toEqual(['dies 0', 'lives 0', 'dies 1', 'lives 1', 'lives 2', 'lives 3']);
  });

  test('does after a pause what came due in it, in the order in which it came due', () => {
    const scheduler = new VirtualScheduler();
    const process = scheduler.child();
    const ran: string[] = [];
    process.schedule(() => ran.push(`b at ${scheduler.now()}`), 20);
    process.schedule(() => ran.push(`a at ${scheduler.now()}`), 10);
    process.schedule(() => ran.push(`c at ${scheduler.now()}`), 60);
    scheduler.schedule(() => ran.push(`another at ${scheduler.now()}`), 30);
    process.pause(50);
    scheduler.flush();
    expect(ran).toEqual(['another at 30', 'a at 50', 'b at 50', 'c at 60']);
  });

  test('has a clock of its own, which begins anywhere', () => {
    const scheduler = new VirtualScheduler();
    const process = scheduler.child(1000);
    scheduler.runUntil(5);
    expect(process.now()).toBe(1005);
  });
});
