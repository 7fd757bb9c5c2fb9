package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// Snapshot is a view of a database as it was at one moment; see [ReadOptions] and [IteratorOptions]. While it is open,
// what it shows is kept, so close it. Any number of goroutines may use it.
type Snapshot struct {
	handle *handle
}

// NewSnapshot takes a snapshot.
func (db *DB) NewSnapshot() (*Snapshot, error) {
	number := raw.Snapshot_create(db.handle.number)
	runtime.KeepAlive(db)
	if err := check(number); err != nil {
		return nil, err
	}
	s := &Snapshot{&handle{what: "snapshot", number: number, release: raw.Snapshot_release}}
	runtime.SetFinalizer(s, func(s *Snapshot) { s.handle.leaked() })
	return s, nil
}

// Timestamp returns the commit timestamp that the snapshot shows; 0 when it or the database was closed.
func (s *Snapshot) Timestamp() uint64 {
	defer runtime.KeepAlive(s)
	return uint64(raw.Snapshot_timestamp(s.handle.number))
}

// Close lets go of the moment. The second and later calls do nothing. The error is always nil.
func (s *Snapshot) Close() error {
	s.handle.close()
	runtime.SetFinalizer(s, nil)
	return nil
}

// number is the handle for a call; 0 for no snapshot.
func (s *Snapshot) number() (int64, error) {
	if s == nil {
		return 0, nil
	}
	if s.handle.isClosed() {
		return 0, closedError(s.handle.what)
	}
	return s.handle.number, nil
}
