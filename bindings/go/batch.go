package wombat

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// Batch is a list of operations that DB.Write commits as one. It may be written again, and cleared and used again.
// One goroutine at a time. Operations are collected in Go and handed to the library many at a time.
type Batch struct {
	handle *handle
	stage  []byte // operations in the packed layout of wombat_batch_add_packed
}

const (
	operationHeadSize = 12
	operationDelete   = 0
	operationPut      = 1
	stageSizeMax      = 128 << 10 // holds every delete
)

// NewBatch returns an empty batch.
func NewBatch() (*Batch, error) {
	number := raw.Batch_create()
	if err := check(number); err != nil {
		return nil, err
	}
	b := &Batch{handle: &handle{what: "batch", number: number, release: raw.Batch_destroy}}
	runtime.SetFinalizer(b, func(b *Batch) { b.handle.leaked() })
	return b, nil
}

// Put adds a put. Later operations on a key win over earlier ones.
func (b *Batch) Put(key, value []byte) error {
	return b.add(operationPut, key, value)
}

// Delete adds a delete.
func (b *Batch) Delete(key []byte) error {
	return b.add(operationDelete, key, nil)
}

// PutTTL adds a put that expires when some time has passed from now; 0: as Put; TTLNone: one that never does.
func (b *Batch) PutTTL(key, value []byte, ttl time.Duration) error {
	if ttl == 0 {
		return b.Put(key, value)
	}
	millis, err := ttlMillis(ttl)
	if err != nil {
		return err
	}
	_, err = b.run(true, func(number int64) int64 {
		return raw.Batch_put_ttl(number, key, int64(len(key)), value, int64(len(value)), millis)
	})
	return err
}

// PutUntil adds a put that expires at a time, such as DB.Expiry returns; the zero Time: never. Whole microseconds count. One that
// has passed hides what was there, like a delete.
func (b *Batch) PutUntil(key, value []byte, expiry time.Time) error {
	micros := expiryMicros(expiry)
	_, err := b.run(true, func(number int64) int64 {
		return raw.Batch_put_until(number, key, int64(len(key)), value, int64(len(value)), micros)
	})
	return err
}

// Merge adds a merge, see DB.Merge. It applies to what earlier operations of the batch have left.
func (b *Batch) Merge(operator MergeOperator, key, operand []byte) error {
	name, err := operator.cText()
	if err != nil {
		return err
	}
	_, err = b.run(true, func(number int64) int64 {
		return raw.Batch_merge(number, name, key, int64(len(key)), operand, int64(len(operand)))
	})
	return err
}

// DeleteRange adds a range delete, see DB.DeleteRange. It takes back what earlier operations of the batch do in the range, and
// not what later ones do.
func (b *Batch) DeleteRange(lower, upper []byte) error {
	_, err := b.run(true, func(number int64) int64 {
		return raw.Batch_delete_range(number, lower, boundSize(lower), upper, boundSize(upper))
	})
	return err
}

// UseKeyspace says where operations that are added from now on belong: to a keyspace, whatever the batch is written with; nil:
// to that which DB.Write is called of, as in a new batch.
func (b *Batch) UseKeyspace(keyspace *DB) error {
	_, err := b.run(true, func(number int64) int64 { return raw.Batch_use_keyspace(number, keyspace.number()) })
	runtime.KeepAlive(keyspace)
	return err
}

// Clear removes all operations and savepoints; the next operations belong to the keyspace that DB.Write is called of.
func (b *Batch) Clear() error {
	_, err := b.run(false, func(number int64) int64 {
		b.stage = b.stage[:0]
		return raw.Batch_clear(number)
	})
	return err
}

// Count returns the number of operations.
func (b *Batch) Count() (int, error) {
	count, err := b.run(true, raw.Batch_count)
	return int(count), err
}

// Size returns the bytes that the batch will take in the log.
func (b *Batch) Size() (int, error) {
	size, err := b.run(true, raw.Batch_size)
	return int(size), err
}

// SetSavepoint marks the present end of the batch. Savepoints nest.
func (b *Batch) SetSavepoint() error {
	_, err := b.run(true, raw.Batch_set_savepoint)
	return err
}

// RollbackToSavepoint drops what was added since the newest savepoint, and that savepoint. The error is ErrNotFound when
// there is none.
func (b *Batch) RollbackToSavepoint() error {
	return savepointError(b.run(true, raw.Batch_rollback_to_savepoint))
}

// ReleaseSavepoint forgets the newest savepoint and keeps the operations. The error is ErrNotFound when there is none.
func (b *Batch) ReleaseSavepoint() error {
	return savepointError(b.run(true, raw.Batch_release_savepoint))
}

func savepointError(result int64, err error) error {
	if err == nil && result == cShimNone {
		return ErrNotFound
	}
	return err
}

// Close frees the batch. The second and later calls do nothing. The error is always nil.
func (b *Batch) Close() error {
	b.handle.close()
	runtime.SetFinalizer(b, nil)
	return nil
}

func (b *Batch) run(flushes bool, call func(number int64) int64) (int64, error) {
	if err := b.handle.enter(); err != nil {
		return 0, err
	}
	defer runtime.KeepAlive(b)
	defer b.handle.leave()
	if flushes {
		if err := b.flush(); err != nil {
			return 0, err
		}
	}
	result := call(b.handle.number)
	return result, check(result)
}

func (b *Batch) add(kind byte, key, value []byte) error {
	if err := b.handle.enter(); err != nil {
		return err
	}
	err := b.addEntered(kind, key, value)
	b.handle.leave()
	runtime.KeepAlive(b)
	return err
}

func (b *Batch) addEntered(kind byte, key, value []byte) error {
	if len(key) > KeySizeMax || len(value) > ValueSizeMax {
		message := fmt.Sprintf("a key of %d and a value of %d bytes; at most %d and %d are allowed",
			len(key), len(value), KeySizeMax, ValueSizeMax)
		return &Error{Status: StatusTooLarge, Message: message}
	}
	size := operationHeadSize + len(key) + len(value)
	if len(b.stage)+size > stageSizeMax {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if size > stageSizeMax {
		return check(raw.Batch_put(b.handle.number, key, int64(len(key)), value, int64(len(value))))
	}
	b.stage = append(b.stage, kind, 0, 0, 0)
	b.stage = binary.LittleEndian.AppendUint32(b.stage, uint32(len(key)))
	b.stage = binary.LittleEndian.AppendUint32(b.stage, uint32(len(value)))
	b.stage = append(append(b.stage, key...), value...)
	return nil
}

func (b *Batch) flush() error {
	if len(b.stage) == 0 {
		return nil
	}
	if err := check(raw.Batch_add_packed(b.handle.number, b.stage, int64(len(b.stage)))); err != nil {
		return err
	}
	b.stage = b.stage[:0]
	return nil
}
