package wombat

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestAbuse has goroutines call anything on anything, open or closed, theirs or another's, while databases are closed and
// opened: each call works or fails with what its documentation says. Moving one iterator from two goroutines is a data race
// of the caller, so iterators here only change hands.
func TestAbuse(t *testing.T) {
	seed := testSeed(t)
	path := filepath.Join(t.TempDir(), "db")
	open := func() (*DB, error) {
		return Open(path, WithText("wal.sync=os; value_log.threshold=1000; txn.lock_timeout_ms=2; retry.first_delay_ms=0"))
	}
	first, err := open()
	wantNil(t, err)
	var current atomic.Pointer[DB]
	current.Store(first)
	var reopening sync.Mutex
	snapshots := make(chan *Snapshot, 20)
	iterators := make(chan *Iterator, 20)
	var txns [4]atomic.Pointer[Txn]     // all may use all of them at once
	var keyspaces [3]atomic.Pointer[DB] // of "space0" and so on, or what was dropped since
	var left atomic.Int64
	left.Store(numberFrom("WOMBAT_TEST_CALLS", 20_000))

	check := func(err error) {
		for _, allowed := range []error{
			nil, ErrClosed, ErrNotFound, ErrInvalidArgument, ErrTooLarge, ErrLocked, ErrTxnEnded, ErrInUse, ErrConflict, ErrDeadlock,
			ErrTimedOut, ErrDropped, ErrAlreadyExists, ErrDoesNotExist, ErrMergeFailed, ErrReadOnly, ErrTooOld,
		} {
			if errors.Is(err, allowed) {
				return
			}
		}
		t.Error(err)
	}
	work := func(random *rand.Rand) {
		batch, err := NewBatch()
		wantNil(t, err)
		defer batch.Close()
		for left.Add(-1) >= 0 {
			db := current.Load()
			key := []byte(fmt.Sprint("key", random.Intn(300)))
			switch random.Intn(23 + abuseKinds) {
			default:
				abuseTransactions(random, db, key, txns[random.Intn(len(txns))].Load(), &txns[random.Intn(len(txns))],
					&keyspaces[random.Intn(len(keyspaces))], check)
			case 22:
				keyspace := keyspaces[random.Intn(len(keyspaces))].Load()
				check(batch.UseKeyspace(keyspace))
				check(batch.DeleteRange(key, nil))
				check(batch.Merge(MergeAppend, key, key))
				check(batch.PutTTL(key, key, time.Millisecond))
			case 0, 1, 2:
				check(db.Put(key, make([]byte, random.Intn(2000)), nil))
			case 3:
				check(db.Put(make([]byte, random.Intn(70_000)), key, nil))
			case 4:
				check(db.Delete(key, nil))
			case 5, 6:
				_, err := db.Get(key, nil)
				check(err)
				_, _, err = db.GetPart(key, int64(random.Intn(2000)), make([]byte, random.Intn(100)), nil)
				check(err)
			case 7:
				_, err := db.MultiGet([][]byte{key, key}, nil)
				check(err)
			case 8:
				check(db.View(key, nil, func(value []byte) error { return nil }))
			case 9:
				rows, err := db.NewIterator(&IteratorOptions{LazyValues: random.Intn(2) == 0, KeysOnly: random.Intn(8) == 0})
				check(err)
				if err == nil {
					select {
					case iterators <- rows:
					default:
						check(rows.Close())
					}
				}
			case 10:
				snapshot, err := db.NewSnapshot()
				check(err)
				if err == nil {
					select {
					case snapshots <- snapshot:
					default:
						check(snapshot.Close())
					}
				}
			case 11, 12, 13:
				select {
				case rows := <-iterators:
					if random.Intn(4) == 0 {
						go rows.Close()
					}
					rows.Seek(key)
					for i := 0; i < 200 && rows.Next(); i++ {
						_ = append(rows.Key(), rows.Value()...)
						if random.Intn(8) == 0 {
							_, err := rows.ReadValue()
							check(err)
						}
					}
					rows.Prev()
					check(rows.Err())
					if random.Intn(2) == 0 {
						select {
						case iterators <- rows:
						default:
							check(rows.Close())
						}
					} else {
						check(rows.Close())
					}
				default:
				}
			case 14, 15:
				select {
				case snapshot := <-snapshots:
					_, err := db.Get(key, &ReadOptions{Snapshot: snapshot})
					check(err)
					if random.Intn(2) == 0 {
						go snapshot.Close()
					}
					_, err = db.NewIterator(&IteratorOptions{Snapshot: snapshot})
					check(err)
				default:
				}
			case 16, 17:
				check(batch.Put(key, make([]byte, random.Intn(5000))))
			case 18:
				check(db.Write(batch, nil))
				check(batch.Clear())
			case 19:
				_, err := db.Statistics()
				check(err)
			case 20:
				check(db.Flush(context.Background()))
				check(db.Reclaim(context.Background(), random.Intn(110)))
			case 21:
				if random.Intn(10) == 0 {
					check(db.Close())
					reopening.Lock()
					if current.Load() == db {
						next, err := open()
						check(err)
						if err == nil {
							current.Store(next)
						}
					}
					reopening.Unlock()
				}
			}
		}
	}
	before := OnLeak
	OnLeak = func(string) {}
	defer func() { OnLeak = before }()
	var group sync.WaitGroup
	for i := int64(0); i < 4; i++ {
		random := rand.New(rand.NewSource(seed + i))
		group.Add(1)
		go func() {
			defer group.Done()
			work(random)
		}()
	}
	group.Wait()
	for i := range txns {
		if txn := txns[i].Load(); txn != nil {
			wantNil(t, txn.Close())
		}
	}
	check(current.Load().Close())
	db, err := open()
	wantNil(t, err)
	wantNil(t, db.Verify(context.Background()))
	wantNil(t, db.Close())
}

// abuseKinds is how many of the cases of TestAbuse are left to abuseTransactions.
const abuseKinds = 22

func abuseTransactions(random *rand.Rand, db *DB, key []byte, txn *Txn, slot *atomic.Pointer[Txn], space *atomic.Pointer[DB],
	check func(error)) {
	if txn != nil && random.Intn(2) == 0 {
		txn = txn.In(space.Load())
	}
	kind := random.Intn(14)
	if txn == nil || kind == 0 {
		options := &TxnOptions{Isolation: Isolation(random.Intn(4)), Pessimistic: random.Intn(2) == 0, ReadOnly: random.Intn(8) == 0}
		txn, err := db.Begin(options)
		check(err)
		if err == nil {
			if old := slot.Swap(txn); old != nil && random.Intn(4) > 0 {
				check(old.Close())
			}
		}
		return
	}
	switch kind {
	case 1, 2, 3:
		check(txn.Put(key, make([]byte, random.Intn(2000))))
	case 4:
		_, err := txn.Get(key)
		check(err)
		_, err = txn.GetForUpdate(key)
		check(err)
	case 5:
		_, err := txn.MultiGet([][]byte{key, key})
		check(err)
		check(txn.Delete(key))
	case 6:
		rows, err := txn.NewIterator(nil)
		check(err)
		if err == nil {
			rows.Seek(key)
			for i := 0; i < random.Intn(100) && rows.Next(); i++ {
			}
			check(rows.Close())
		}
	case 7:
		check(txn.SetSavepoint())
		check(txn.DeleteRange(key, nil))
		check(txn.Merge(MergeAppend, key, key))
		check(txn.RollbackToSavepoint())
	case 8:
		_, err := txn.Commit(nil)
		check(err)
	case 9:
		check(txn.Rollback())
	case 10:
		if random.Intn(4) == 0 {
			check(txn.Prepare(string(key)))
		}
		names, err := db.PreparedTxns()
		check(err)
		for _, name := range names {
			if random.Intn(2) == 0 {
				_, err = db.CommitPrepared(name)
			} else {
				err = db.RollbackPrepared(name)
			}
			check(err)
		}
	case 11:
		name := fmt.Sprint("space", random.Intn(3))
		if random.Intn(4) == 0 {
			check(db.DropKeyspace(name))
		}
		check(db.CreateKeyspace(name))
		keyspace, err := db.OpenKeyspace(name)
		check(err)
		if err == nil {
			if old := space.Swap(keyspace); old != nil && random.Intn(2) == 0 {
				check(old.Close())
			}
		}
	case 12:
		_, err := db.RunTxn(background, nil, func(txn *Txn) error {
			_, err := txn.Get(key)
			check(err)
			return txn.Put(key, key)
		})
		check(err)
	case 13:
		_, err := db.FetchAdd(key, 1, nil)
		check(err)
		_, err = db.PutIfAbsent(key, key, nil)
		check(err)
		_, err = db.CompareAndSet(key, nil, key, nil)
		check(err)
	}
}
