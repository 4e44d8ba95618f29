//! Locks under contention, and waits that end in time.

use super::*;
use std::thread;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

#[test]
fn one_thread_at_a_time_has_the_lock() {
    const ROUNDS: u64 = 20_000;
    let counter = Mutex::new((0_u64, 0_u64));
    thread::scope(|scope| {
        for number in 0..8 {
            let counter = &counter;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let mut guard = match (number + round) % 3 {
                        0 => counter.lock(),
                        1 => counter.try_lock_for(LONG).unwrap(),
                        _ => loop {
                            if let Some(guard) = counter.try_lock() {
                                break guard;
                            }
                            thread::yield_now();
                        },
                    };
                    guard.0 += 1;
                    if round % 100 == 0 {
                        // With the lock, so that others wait in the kernel.
                        thread::yield_now();
                    }
                    guard.1 += 1;
                    assert_eq!(guard.0, guard.1);
                }
            });
        }
    });
    assert_eq!(counter.into_inner(), (8 * ROUNDS, 8 * ROUNDS));
}

#[test]
fn a_lock_that_is_held_is_given_up_in_time() {
    let lock = Mutex::new(());
    let guard = lock.lock();
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(lock.try_lock().is_none());
            let begun = Instant::now();
            assert!(lock.try_lock_for(SHORT).is_none());
            assert!(lock.try_lock_until(begun + 2 * SHORT).is_none());
            assert!(begun.elapsed() >= 2 * SHORT);
            assert!(lock.try_lock_until(begun).is_none());
        });
    });
    drop(guard);
    assert!(lock.try_lock_until(Instant::now()).is_some());
    assert!(!lock.is_locked());
}

#[test]
fn who_gives_up_does_not_keep_others_waiting() {
    let lock = Mutex::new(());
    thread::scope(|scope| {
        let guard = lock.lock();
        let patient = scope.spawn(|| drop(lock.try_lock_for(LONG).unwrap()));
        let hasty = scope.spawn(|| assert!(lock.try_lock_for(SHORT).is_none()));
        hasty.join().unwrap();
        drop(guard);
        patient.join().unwrap();
    });
}

/// Two threads in turn, by each other's calls alone: a call that got lost would leave both waiting.
#[test]
fn no_call_is_lost() {
    const ROUNDS: u32 = 20_000;
    let (turn, changed) = (Mutex::new(0_u32), Condvar::new());
    thread::scope(|scope| {
        for own in 0..2 {
            let (turn, changed) = (&turn, &changed);
            scope.spawn(move || {
                let mut guard = turn.lock();
                for _ in 0..ROUNDS {
                    while *guard % 2 != own {
                        assert!(!changed.wait_until(&mut guard, Instant::now() + LONG).timed_out());
                    }
                    *guard += 1;
                    if *guard % 3 == 0 {
                        changed.notify_all();
                    } else {
                        // Without the lock.
                        MutexGuard::unlocked(&mut guard, || changed.notify_all());
                    }
                }
            });
        }
    });
    assert_eq!(turn.into_inner(), 2 * ROUNDS);
}

#[test]
fn all_that_wait_are_called() {
    let (open, changed) = (Mutex::new(0), Condvar::new());
    let through = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut guard = open.lock();
                *guard += 1;
                while *guard <= 16 {
                    changed.wait(&mut guard);
                }
                through.fetch_add(1, Ordering::Relaxed);
            });
        }
        while *open.lock() < 16 {
            thread::yield_now();
        }
        *open.lock() += 1;
        changed.notify_all();
    });
    assert_eq!(through.into_inner(), 16);
    assert_eq!(changed.waiting.into_inner(), 0);
}

#[test]
fn a_wait_without_a_call_ends_in_time() {
    let (lock, changed) = (Mutex::new(()), Condvar::new());
    let mut guard = lock.lock();
    let deadline = Instant::now() + SHORT;
    while !changed.wait_until(&mut guard, deadline).timed_out() {}
    assert!(Instant::now() >= deadline);
    assert!(lock.is_locked());
    assert!(changed.wait_until(&mut guard, deadline).timed_out());
}

/// Threads that give up and threads that are called, all at once.
#[test]
fn waits_with_deadlines_under_contention() {
    const ROUNDS: u32 = 500;
    let (lock, changed) = (Mutex::new(0_u32), Condvar::new());
    thread::scope(|scope| {
        for number in 0..6 {
            let (lock, changed) = (&lock, &changed);
            scope.spawn(move || {
                let mut guard = lock.lock();
                for _ in 0..ROUNDS {
                    changed.wait_until(&mut guard, Instant::now() + Duration::from_micros(50 * number));
                    *guard += 1;
                }
            });
        }
        while *lock.lock() < 6 * ROUNDS {
            changed.notify_all();
        }
    });
    assert_eq!(lock.into_inner(), 6 * ROUNDS);
    assert_eq!(changed.waiting.into_inner(), 0);
}

#[test]
fn a_lock_may_be_held_together_with_what_it_is_in() {
    let owner = Arc::new((1, Mutex::new(2)));
    let now = Instant::now();
    let mut held = HeldIn::take(owner.clone(), |owner| &owner.1, now).unwrap();
    assert!(HeldIn::take(owner.clone(), |owner| &owner.1, now).is_none());
    let (other, data) = held.parts();
    *data += other.0;
    let weak = Arc::downgrade(&owner);
    drop(owner);
    assert!(weak.upgrade().unwrap().1.is_locked());
    drop(held);
    assert!(weak.upgrade().is_none());
}
