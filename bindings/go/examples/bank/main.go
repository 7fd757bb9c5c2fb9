// Command bank is a bank: goroutines move money between the accounts of two keyspaces, savings and checking, and the sum stays the
// same. Transfers that meet another one are done again.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"sync"
	"sync/atomic"

	"wombatdb.org/go/wombat"
)

const (
	accounts       = 5 // of each keyspace
	balanceAtFirst = 100
	tellers        = 4
	transfers      = 1000 // of each teller
)

type bank struct {
	db     *wombat.DB
	places [2]*wombat.Store[int64, int64] // from account number to balance
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	// Four tellers at ten accounts meet often: they try again as often as it takes.
	db, err := wombat.Open("bank", wombat.With(wombat.OptionWALSync, "os"), wombat.With(wombat.OptionRetryAttempts, "1000"))
	if err != nil {
		return err
	}
	defer func() {
		if closeError := db.Close(); err == nil {
			err = closeError
		}
	}()
	b := &bank{db: db}
	for i, name := range []string{"savings", "checking"} {
		if err := db.CreateKeyspace(name); err != nil && !errors.Is(err, wombat.ErrAlreadyExists) {
			return err
		}
		keyspace, err := db.OpenKeyspace(name)
		if err != nil {
			return err
		}
		defer keyspace.Close()
		b.places[i] = wombat.NewStore(keyspace, wombat.Int64Key, wombat.Int64Value)
	}
	if err := b.openAccounts(ctx); err != nil {
		return err
	}
	retries, err := b.serve(ctx)
	if err != nil {
		return err
	}
	sum, err := b.sum(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d transfers, %d of them tried again; the accounts hold %d\n", tellers*transfers, retries, sum)
	if sum != 2*accounts*balanceAtFirst {
		return fmt.Errorf("money was made or lost")
	}
	return nil
}

func (b *bank) openAccounts(ctx context.Context) error {
	_, err := b.db.RunTxn(ctx, nil, func(txn *wombat.Txn) error {
		for _, place := range b.places {
			for account := int64(0); account < accounts; account++ {
				if err := place.In(txn).Put(account, balanceAtFirst); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return err
}

// serve has the tellers do their transfers, and returns how often these had to be repeated.
func (b *bank) serve(ctx context.Context) (retries int64, err error) {
	failures := make(chan error, tellers)
	var group sync.WaitGroup
	for i := int64(0); i < tellers; i++ {
		random := rand.New(rand.NewSource(i))
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < transfers; j++ {
				repeated, err := b.transfer(ctx, random)
				atomic.AddInt64(&retries, int64(repeated))
				if err != nil {
					failures <- err
					return
				}
			}
		}()
	}
	group.Wait()
	close(failures)
	return retries, <-failures
}

// transfer moves money from one account to another one, anywhere, if there is enough.
func (b *bank) transfer(ctx context.Context, random *rand.Rand) (retries int, err error) {
	from := random.Intn(2 * accounts)
	to := (from + 1 + random.Intn(2*accounts-1)) % (2 * accounts)
	amount := int64(1 + random.Intn(20))
	return b.db.RunTxn(ctx, nil, func(txn *wombat.Txn) error {
		fromPlace, fromAccount := b.places[from/accounts].In(txn), int64(from%accounts)
		toPlace, toAccount := b.places[to/accounts].In(txn), int64(to%accounts)
		fromBalance, err := fromPlace.Get(fromAccount)
		if err != nil {
			return err
		}
		toBalance, err := toPlace.Get(toAccount)
		if err != nil || fromBalance < amount {
			return err
		}
		if err := fromPlace.Put(fromAccount, fromBalance-amount); err != nil {
			return err
		}
		return toPlace.Put(toAccount, toBalance+amount)
	})
}

// sum adds up all accounts at one moment.
func (b *bank) sum(ctx context.Context) (int64, error) {
	sum, _, err := wombat.RunTxn(ctx, b.db, &wombat.TxnOptions{ReadOnly: true}, func(txn *wombat.Txn) (sum int64, err error) {
		for _, place := range b.places {
			if err := place.In(txn).Each(func(account, balance int64) bool { sum += balance; return true }); err != nil {
				return 0, err
			}
		}
		return sum, nil
	})
	return sum, err
}
