package wombat

import (
	"encoding/binary"
	"fmt"
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// Batch is a list of puts and deletes that DB.Write commits as one. It may be written again, and cleared and used again.
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

// Clear removes all operations and savepoints.
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
