// Command exchange is the Go part of tests/bindings/exchange_test.sh, which says what rows there are.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"wombatdb.org/go/wombat"
)

const rows = 100

var id = []byte{0x01, 0x8f, 0x6d, 0x3e, 0x7c, 0x00, 0x7a, 0xbc, 0x8d, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab}

func main() {
	db, err := wombat.Open(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if os.Args[1] == "leave" {
		leave(db, key(os.Args[3], 7))
	}
	if os.Args[1] == "write" {
		err = write(db, os.Args[3])
	}
	for i := 3; err == nil && os.Args[1] == "check" && i < len(os.Args); i++ {
		err = check(db, os.Args[i])
	}
	if closeError := db.Close(); err == nil {
		err = closeError
	}
	if err != nil {
		log.Fatal(err)
	}
}

// leave ends with everything open, and a goroutine inside calls.
func leave(db *wombat.DB, key []byte) {
	rows, err := db.NewIterator(nil)
	if err != nil || !rows.Next() {
		log.Fatal("no rows: ", err)
	}
	go func() {
		for {
			_, _ = db.Get(key, nil)
		}
	}()
	time.Sleep(10 * time.Millisecond)
	os.Exit(0)
}

func write(db *wombat.DB, language string) error {
	batch, err := wombat.NewBatch()
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := 0; i < rows; i++ {
		if err := batch.Put(key(language, i), []byte(fmt.Sprintf("%s:%d", language, i))); err != nil {
			return err
		}
	}
	if err := db.Write(batch, nil); err != nil {
		return err
	}
	return writeKinds(db, language)
}

// writeKinds has one write of each kind beyond puts and deletes in a keyspace.
func writeKinds(db *wombat.DB, language string) error {
	if err := db.CreateKeyspace(language); err != nil {
		return err
	}
	keyspace, err := db.OpenKeyspace(language)
	if err != nil {
		return err
	}
	defer keyspace.Close()
	for _, err := range []error{
		keyspace.Put([]byte("expires"), []byte("later"), &wombat.WriteOptions{TTL: time.Hour}),
		keyspace.Put([]byte("stays"), []byte("here"), nil),
		keyspace.Put([]byte("gone"), []byte("here"), nil),
		keyspace.DeleteRange([]byte("gone"), []byte("gonf"), nil),
		keyspace.Merge(wombat.MergeInt64Add, []byte("sum"), wombat.EncodeInt64(40), nil),
		keyspace.Merge(wombat.MergeInt64Add, []byte("sum"), wombat.EncodeInt64(2), nil),
	} {
		if err != nil {
			return err
		}
	}
	_, err = db.RunTxn(context.Background(), nil, func(txn *wombat.Txn) error {
		for _, operand := range []string{"a", "b"} {
			if err := txn.In(keyspace).Merge(wombat.MergeAppendWith("-"), []byte("text"), []byte(operand)); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func key(language string, i int) []byte {
	return new(wombat.KeyWriter).String(language).Int64(int64(i)*7919 - 400_000).Time(time.Unix(int64(i), 0)).
		Float64(float64(i)/8 - 5).Bool(i%2 == 1).Fixed(id).Bytes([]byte{0, byte(i)}).Key()
}

func check(db *wombat.DB, language string) error {
	it, err := db.NewIterator(&wombat.IteratorOptions{Prefix: new(wombat.KeyWriter).String(language).Key()})
	if err != nil {
		return err
	}
	count := 0
	for ; it.Next(); count++ {
		r := wombat.NewKeyReader(it.Key())
		if r.String() != language || r.Int64() != int64(count)*7919-400_000 || !r.Time().Equal(time.Unix(int64(count), 0)) ||
			r.Float64() != float64(count)/8-5 || r.Bool() != (count%2 == 1) || !bytes.Equal(r.Fixed(16), id) ||
			!bytes.Equal(r.Bytes(), []byte{0, byte(count)}) || r.Finish() != nil ||
			string(it.Value()) != fmt.Sprintf("%s:%d", language, count) {
			return fmt.Errorf("row %d of %s is %x = %q: %w", count, language, it.Key(), it.Value(), r.Err())
		}
	}
	if count != rows {
		return fmt.Errorf("%s has %d rows", language, count)
	}
	if err := it.Close(); err != nil {
		return err
	}
	return checkKinds(db, language)
}

func checkKinds(db *wombat.DB, language string) error {
	keyspace, err := db.OpenKeyspace(language)
	if errors.Is(err, wombat.ErrDoesNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer keyspace.Close()
	it, err := keyspace.NewIterator(nil)
	if err != nil {
		return err
	}
	found := ""
	for it.Next() {
		found += fmt.Sprintf("%s=%q ", it.Key(), it.Value())
	}
	if wanted := `expires="later" stays="here" sum="*\x00\x00\x00\x00\x00\x00\x00" text="a-b" `; found != wanted {
		return fmt.Errorf("keyspace %s holds %sinstead of %s: %w", language, found, wanted, it.Err())
	}
	return it.Close()
}
