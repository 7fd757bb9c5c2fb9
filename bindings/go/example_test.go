package wombat_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"wombatdb.org/go/wombat"
)

// open makes a database that the examples work with.
func open() (db *wombat.DB, remove func()) {
	folder, err := os.MkdirTemp("", "wombat_example_")
	if err != nil {
		log.Fatal(err)
	}
	db, err = wombat.Open(filepath.Join(folder, "db"), wombat.With(wombat.OptionWALSync, "os"))
	if err != nil {
		log.Fatal(err)
	}
	return db, func() {
		db.Close()
		os.RemoveAll(folder)
	}
}

func Example() {
	db, remove := open()
	defer remove()
	if err := db.Put([]byte("ada"), []byte("1815"), nil); err != nil {
		log.Fatal(err)
	}
	year, err := db.Get([]byte("ada"), nil)
	fmt.Printf("%s %v\n", year, err)
	_, err = db.Get([]byte("alan"), nil)
	fmt.Println(errors.Is(err, wombat.ErrNotFound))
	// Output:
	// 1815 <nil>
	// true
}

func ExampleIterator() {
	db, remove := open()
	defer remove()
	for _, name := range []string{"grace", "ada", "alan", "barbara"} {
		if err := db.Put([]byte(name), nil, nil); err != nil {
			log.Fatal(err)
		}
	}
	rows, err := db.NewIterator(&wombat.IteratorOptions{Prefix: []byte("a")})
	if err != nil {
		log.Fatal(err)
	}
	for rows.Next() {
		fmt.Printf("%s\n", rows.Key())
	}
	if err := rows.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// ada
	// alan
}

func ExampleBatch() {
	db, remove := open()
	defer remove()
	batch, err := wombat.NewBatch()
	if err != nil {
		log.Fatal(err)
	}
	defer batch.Close()
	for account, balance := range map[string]string{"a": "90", "b": "110"} {
		if err := batch.Put([]byte(account), []byte(balance)); err != nil {
			log.Fatal(err)
		}
	}
	if err := db.Write(batch, nil); err != nil { // both or none
		log.Fatal(err)
	}
	values, err := db.MultiGet([][]byte{[]byte("a"), []byte("b")}, nil)
	fmt.Printf("%s %v\n", values, err)
	// Output: [90 110] <nil>
}

func ExampleDB_AppendTo() {
	db, remove := open()
	defer remove()
	if err := db.Put([]byte("k"), []byte("value"), nil); err != nil {
		log.Fatal(err)
	}
	buffer := make([]byte, 0, 100)
	for i := 0; i < 3; i++ {
		var err error
		if buffer, err = db.AppendTo(buffer[:0], []byte("k"), nil); err != nil { // no garbage
			log.Fatal(err)
		}
	}
	fmt.Printf("%s\n", buffer)
	// Output: value
}

func ExampleDB_RunTxn() {
	db, remove := open()
	defer remove()
	balances := wombat.NewStore(db, wombat.StringKey, wombat.Int64Value)
	if err := balances.Put("ada", 100, nil); err != nil {
		log.Fatal(err)
	}
	_, err := db.RunTxn(context.Background(), nil, func(txn *wombat.Txn) error {
		balances := balances.In(txn)
		balance, err := balances.Get("ada")
		if err != nil {
			return err
		}
		if err := balances.Put("ada", balance-10); err != nil {
			return err
		}
		return balances.Merge(wombat.MergeInt64Add, "bob", 10)
	})
	if err != nil {
		log.Fatal(err)
	}
	err = balances.Each(func(name string, balance int64) bool {
		fmt.Println(name, balance)
		return true
	})
	fmt.Println(err)
	// Output:
	// ada 90
	// bob 10
	// <nil>
}

func ExampleDB_OpenKeyspace() {
	db, remove := open()
	defer remove()
	if err := db.CreateKeyspace("visits"); err != nil { // once; it stays
		log.Fatal(err)
	}
	visits, err := db.OpenKeyspace("visits")
	if err != nil {
		log.Fatal(err)
	}
	defer visits.Close()
	for i := 0; i < 3; i++ {
		if _, err := visits.FetchAdd([]byte("ada"), 1, nil); err != nil {
			log.Fatal(err)
		}
	}
	data, err := visits.Get([]byte("ada"), nil)
	if err != nil {
		log.Fatal(err)
	}
	count, err := wombat.DecodeInt64(data)
	fmt.Println(count, err)
	inDefault, err := db.Has([]byte("ada"), nil)
	fmt.Println(inDefault, err)
	// Output:
	// 3 <nil>
	// false <nil>
}

func ExampleAtTimestamp() {
	db, remove := open()
	defer remove()
	if err := db.SetOption(wombat.OptionHistoryRetentionS, "3600"); err != nil {
		log.Fatal(err)
	}
	if err := db.Put([]byte("k"), []byte("before"), nil); err != nil {
		log.Fatal(err)
	}
	then, err := db.CommitTimestamp()
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Put([]byte("k"), []byte("after"), nil); err != nil {
		log.Fatal(err)
	}
	value, err := db.Get([]byte("k"), &wombat.ReadOptions{AsOf: wombat.AtTimestamp(then)})
	fmt.Printf("%s %v\n", value, err)
	// Output: before <nil>
}

func ExampleStore() {
	db, remove := open()
	defer remove()
	readings := wombat.NewStore(db, wombat.PairKey(wombat.StringKey, wombat.TimeKey), wombat.Float64Value)
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for i, value := range []float64{20.5, 21, 19} {
		key := wombat.Pair[string, time.Time]{First: "room", Second: noon.Add(time.Duration(i) * time.Minute)}
		if err := readings.Put(key, value, nil); err != nil {
			log.Fatal(err)
		}
	}
	err := readings.EachStartingWith(
		func(key *wombat.KeyWriter) { key.String("room") },
		func(key wombat.Pair[string, time.Time], value float64) bool {
			fmt.Println(key.Second.Format("15:04"), value)
			return true
		})
	fmt.Println(err)
	// Output:
	// 12:00 20.5
	// 12:01 21
	// 12:02 19
	// <nil>
}

func ExampleTableBuilder() {
	db, remove := open()
	defer remove()
	path := db.Path() + ".sorted"
	builder, err := wombat.NewTableBuilder(path)
	if err != nil {
		log.Fatal(err)
	}
	defer builder.Close()
	for _, name := range []string{"ada", "alan", "grace"} { // keys ascend
		if err := builder.Put([]byte(name), nil); err != nil {
			log.Fatal(err)
		}
	}
	if err := builder.Finish(); err != nil {
		log.Fatal(err)
	}
	if err := db.Ingest(context.Background(), []string{path}, &wombat.IngestOptions{RemoveFiles: true}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(db.Has([]byte("alan"), nil))
	// Output:
	// true <nil>
}

func ExampleIterator_ReadValue() {
	db, remove := open()
	defer remove()
	if err := db.SetOption(wombat.OptionValueLogThreshold, "1KiB"); err != nil {
		log.Fatal(err)
	}
	for _, size := range []int{10, 5000} {
		if err := db.Put([]byte(fmt.Sprint("picture of ", size)), make([]byte, size), nil); err != nil {
			log.Fatal(err)
		}
	}
	rows, err := db.NewIterator(&wombat.IteratorOptions{LazyValues: true})
	if err != nil {
		log.Fatal(err)
	}
	for rows.Next() {
		fmt.Printf("%s: %d bytes, at hand: %t\n", rows.Key(), rows.ValueSize(), rows.HasValue())
		if _, err := rows.ReadValue(); err != nil {
			log.Fatal(err)
		}
	}
	if err := rows.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// picture of 10: 10 bytes, at hand: true
	// picture of 5000: 5000 bytes, at hand: false
}
