package wombat

import (
	"runtime"
	"sync"
	"unsafe"

	"wombatdb.org/go/wombat/internal/raw"
)

// pin keeps a value in place. Pins are used again: making one costs more than a look-up.
type pin struct {
	number int64
}

var pins = sync.Pool{}

func takePin() (*pin, error) {
	if used, ok := pins.Get().(*pin); ok {
		return used, nil
	}
	number := raw.Pin_create()
	if err := check(number); err != nil {
		return nil, err
	}
	made := &pin{number}
	runtime.SetFinalizer(made, func(p *pin) { raw.Pin_destroy(p.number) })
	return made, nil
}

// View calls a function with the value of a key where it lies, without a copy. The value must not be changed, and not be
// used after the function has returned. The error is ErrNotFound when the key is absent, or what the function returned.
func (db *DB) View(key []byte, options *ReadOptions, use func(value []byte) error) error {
	snapshot, flags, _, err := options.parts()
	if err != nil {
		return err
	}
	holder, err := takePin()
	if err != nil {
		return err
	}
	defer func() {
		raw.Pin_release(holder.number)
		pins.Put(holder)
	}()
	address := make([]byte, 8)
	size := raw.Get_pinned(db.handle.number, key, int64(len(key)), snapshot, flags, holder.number, address)
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	if size == cShimNone {
		return ErrNotFound
	}
	if err := check(size); err != nil {
		return err
	}
	if size == 0 {
		return use([]byte{})
	}
	// The address is one of C memory, which the pin holds.
	value := *(*unsafe.Pointer)(unsafe.Pointer(&address[0]))
	return use(unsafe.Slice((*byte)(value), size))
}
