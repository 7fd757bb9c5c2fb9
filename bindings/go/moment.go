package wombat

import (
	"runtime"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// Moment is a past state of a database for ReadOptions and IteratorOptions, made by AtTimestamp or AtTime; the zero value is
// the newest state. What is not kept any more, as option "history.retention_s" says, fails with ErrTooOld.
type Moment struct {
	flag   int
	number int64
}

// AtTimestamp is the state after a commit, see DB.CommitTimestamp and Txn.Commit. Reads with timestamp 0 are refused.
func AtTimestamp(timestamp uint64) Moment { return Moment{cShimAsOfTimestamp, int64(timestamp)} }

// AtTime is the state at a time, to within a tenth of a second. Reads with a time before 1970 are refused.
func AtTime(when time.Time) Moment { return Moment{cShimAsOfTime, when.UnixMicro()} }

// CommitTimestamp returns the timestamp of the newest commit that readers see, for AtTimestamp.
func (db *DB) CommitTimestamp() (uint64, error) {
	timestamp := raw.Commit_timestamp(db.handle.number)
	runtime.KeepAlive(db)
	if err := check(timestamp); err != nil {
		return 0, err
	}
	return uint64(timestamp), nil
}

// stateToRead is what a read is about, as the shim wants it.
func stateToRead(snapshot *Snapshot, moment Moment) (number int64, flags int, err error) {
	if moment.flag == 0 {
		number, err = snapshot.number()
		return number, 0, err
	}
	switch {
	case snapshot != nil:
		err = invalid("both a snapshot and a moment are given: of which of them is to be read?")
	case moment.number == 0 && moment.flag == cShimAsOfTimestamp:
		err = invalid("the timestamp is 0: no commit has it")
	case moment.number <= 0 && moment.flag == cShimAsOfTime:
		err = invalid("the time is before 1970")
	}
	return moment.number, moment.flag, err
}
