package wombat

import (
	"math"
	"runtime"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// Expiry returns when the value of a key expires; the zero Time: never. The error is ErrNotFound when the key is absent.
func (db *DB) Expiry(key []byte, options *ReadOptions) (time.Time, error) {
	snapshot, flags, _, err := options.parts()
	if err != nil {
		return time.Time{}, err
	}
	micros := raw.Get_expiry(db.handle.number, key, int64(len(key)), snapshot, flags)
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	return expiryTime(micros)
}

// Expiry returns when the present row expires; the zero Time: never. The error is ErrNotFound without a row, and when the row
// has expired since it was fetched. Rows that were fetched ahead are fetched again afterwards: few first, then more.
func (it *Iterator) Expiry() (time.Time, error) {
	if err := it.handle.enter(); err != nil {
		return time.Time{}, err
	}
	defer runtime.KeepAlive(it)
	defer it.handle.leave()
	if !it.onRow {
		return time.Time{}, ErrNotFound
	}
	key := it.Key()
	micros := raw.Iterator_expiry(it.handle.number, key, int64(len(key)), it.isLast(), it.direction())
	it.rowsEnd = it.valueEnd
	it.wanted = 1
	return expiryTime(micros)
}

// expiryTime makes a time of a result of the raw layer.
func expiryTime(micros int64) (time.Time, error) {
	switch {
	case micros == cShimNone:
		return time.Time{}, ErrNotFound
	case micros < 0:
		return time.Time{}, takeError(micros)
	case micros == 0:
		return time.Time{}, nil
	}
	return time.UnixMicro(micros), nil
}

// expiryMicros is a time for the library, where 0 is never. What lies before 1970 has expired just as well at its beginning.
func expiryMicros(expiry time.Time) int64 {
	switch {
	case expiry.IsZero():
		return 0
	case expiry.Unix() >= math.MaxInt64/1_000_000:
		return math.MaxInt64
	case expiry.Unix() < 0 || expiry.UnixMicro() == 0:
		return 1
	}
	return expiry.UnixMicro()
}
