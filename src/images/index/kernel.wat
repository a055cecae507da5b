;; The two inner loops of the fingerprint index. `node src/images/index/assemble.ts` turns this text into
;; kernel-bytes.ts; a test holds the two together. Addresses and counts are in bytes and rows of the segment that
;; lies in the memory (segment.ts says where); hits are pairs of 32-bit words, row and distance.
(module
  (import "index" "memory" (memory 1 65536 shared))

  ;; Compares a run of rows with the query. Two of four words nearly always settle it: unrelated hashes differ in
  ;; half their bits.
  (func (export "scan")
    (param $rows i32) (param $first i32) (param $count i32) (param $query i32) (param $radius i32) (param $out i32)
    (result i32)
    (local $q0 i64) (local $q1 i64) (local $q2 i64) (local $q3 i64)
    (local $at i32) (local $end i32) (local $distance i32) (local $to i32)
    (local.set $q0 (i64.load (local.get $query)))
    (local.set $q1 (i64.load offset=8 (local.get $query)))
    (local.set $q2 (i64.load offset=16 (local.get $query)))
    (local.set $q3 (i64.load offset=24 (local.get $query)))
    (local.set $at (i32.add (local.get $rows) (i32.shl (local.get $first) (i32.const 5))))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 5))))
    (local.set $to (local.get $out))
    (block $done
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (loop $row
        (local.set $distance
          (i32.wrap_i64
            (i64.add
              (i64.popcnt (i64.xor (local.get $q0) (i64.load (local.get $at))))
              (i64.popcnt (i64.xor (local.get $q1) (i64.load offset=8 (local.get $at)))))))
        (if (i32.le_u (local.get $distance) (local.get $radius))
          (then
            (local.set $distance
              (i32.add
                (local.get $distance)
                (i32.wrap_i64
                  (i64.add
                    (i64.popcnt (i64.xor (local.get $q2) (i64.load offset=16 (local.get $at))))
                    (i64.popcnt (i64.xor (local.get $q3) (i64.load offset=24 (local.get $at))))))))
            (if (i32.le_u (local.get $distance) (local.get $radius))
              (then
                (i32.store
                  (local.get $to)
                  (i32.shr_u (i32.sub (local.get $at) (local.get $rows)) (i32.const 5)))
                (i32.store offset=4 (local.get $to) (local.get $distance))
                (local.set $to (i32.add (local.get $to) (i32.const 8)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br_if $row (i32.lt_u (local.get $at) (local.get $end)))))
    (i32.shr_u (i32.sub (local.get $to) (local.get $out)) (i32.const 3)))

  ;; Compares `count` rows, named at `candidates`, with the query. No branch depends on a row, so that the processor
  ;; has many of these far-apart loads under way at once. Returns the new end of the hits.
  (func $verify
    (param $rows i32) (param $candidates i32) (param $count i32) (param $query i32) (param $radius i32)
    (param $to i32)
    (result i32)
    (local $q0 i64) (local $q1 i64) (local $q2 i64) (local $q3 i64)
    (local $end i32) (local $row i32) (local $at i32) (local $distance i32)
    (if (i32.eqz (local.get $count)) (then (return (local.get $to))))
    (local.set $q0 (i64.load (local.get $query)))
    (local.set $q1 (i64.load offset=8 (local.get $query)))
    (local.set $q2 (i64.load offset=16 (local.get $query)))
    (local.set $q3 (i64.load offset=24 (local.get $query)))
    (local.set $end (i32.add (local.get $candidates) (i32.shl (local.get $count) (i32.const 2))))
    (loop $candidate
      (local.set $row (i32.load (local.get $candidates)))
      (local.set $at (i32.add (local.get $rows) (i32.shl (local.get $row) (i32.const 5))))
      (local.set $distance
        (i32.wrap_i64
          (i64.add
            (i64.add
              (i64.popcnt (i64.xor (local.get $q0) (i64.load (local.get $at))))
              (i64.popcnt (i64.xor (local.get $q1) (i64.load offset=8 (local.get $at)))))
            (i64.add
              (i64.popcnt (i64.xor (local.get $q2) (i64.load offset=16 (local.get $at))))
              (i64.popcnt (i64.xor (local.get $q3) (i64.load offset=24 (local.get $at))))))))
      (i32.store (local.get $to) (local.get $row))
      (i32.store offset=4 (local.get $to) (local.get $distance))
      (local.set $to
        (i32.add
          (local.get $to)
          (i32.shl (i32.le_u (local.get $distance) (local.get $radius)) (i32.const 3))))
      (local.set $candidates (i32.add (local.get $candidates) (i32.const 4)))
      (br_if $candidate (i32.lt_u (local.get $candidates) (local.get $end))))
    (local.get $to))

  ;; Looks one band up: all groups whose key differs from the query's in `allowed` bits or fewer, and in them the
  ;; entries whose low bits do not use up the rest. In three passes, so that loads do not wait for each other: where
  ;; the groups lie, a touch of each, then the entries. Returns the number of hits, or -1 when the groups hold more
  ;; than `budget` entries or the hits find no room; `work` + 0 then or always says how many entries there were.
  (func (export "probe")
    (param $offsets i32) (param $entries i32) (param $flips i32) (param $flipEnds i32)
    (param $group i32) (param $low i32) (param $allowed i32)
    (param $rows i32) (param $query i32) (param $radius i32) (param $budget i32)
    (param $work i32) (param $groups i32) (param $candidates i32) (param $candidatesEnd i32)
    (param $out i32) (param $outEnd i32)
    (result i32)
    (local $flip i32) (local $flipEnd i32) (local $to i32) (local $pair i64) (local $total i32)
    (local $weight i32) (local $at i32) (local $end i32) (local $touched i32) (local $groupsEnd i32)
    (local $entry v128) (local $fits i32) (local $next i32) (local $weightEnd i32)
    (local $lows v128) (local $rest v128) (local $rowMask v128) (local $hits i32)
    (local.set $hits (local.get $out))
    ;; Where the groups lie.
    (local.set $to (local.get $groups))
    (local.set $flip (local.get $flips))
    (local.set $flipEnd
      (i32.add
        (local.get $flips)
        (i32.shl
          (i32.load (i32.add (local.get $flipEnds) (i32.shl (local.get $allowed) (i32.const 2))))
          (i32.const 2))))
    (loop $place
      (local.set $pair
        (i64.load
          (i32.add
            (local.get $offsets)
            (i32.shl (i32.xor (local.get $group) (i32.load (local.get $flip))) (i32.const 2)))))
      (i64.store (local.get $to) (local.get $pair))
      (local.set $total
        (i32.add
          (local.get $total)
          (i32.sub (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))) (i32.wrap_i64 (local.get $pair)))))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (local.set $flip (i32.add (local.get $flip) (i32.const 4)))
      (br_if $place (i32.lt_u (local.get $flip) (local.get $flipEnd))))
    (local.set $groupsEnd (local.get $to))
    (i32.store (local.get $work) (local.get $total))
    (if (i32.gt_u (local.get $total) (local.get $budget)) (then (return (i32.const -1))))
    ;; A touch of both ends of each: ten entries lie in one or two lines of memory.
    (local.set $to (local.get $groups))
    (loop $touch
      (local.set $touched
        (i32.xor
          (local.get $touched)
          (i32.xor
            (i32.load
              (i32.add (local.get $entries) (i32.shl (i32.load (local.get $to)) (i32.const 2))))
            (i32.load
              (i32.add (local.get $entries) (i32.shl (i32.load offset=4 (local.get $to)) (i32.const 2)))))))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $touch (i32.lt_u (local.get $to) (local.get $groupsEnd))))
    (i32.store offset=4 (local.get $work) (local.get $touched))
    ;; The entries, four at a time.
    (local.set $lows (i32x4.splat (local.get $low)))
    (local.set $rowMask (v128.const i32x4 0xffffff 0xffffff 0xffffff 0xffffff))
    (local.set $to (local.get $groups))
    (local.set $next (local.get $candidates))
    (loop $weights
      (local.set $rest (i32x4.splat (i32.sub (local.get $allowed) (local.get $weight))))
      (local.set $weightEnd
        (i32.add
          (local.get $groups)
          (i32.shl
            (i32.load (i32.add (local.get $flipEnds) (i32.shl (local.get $weight) (i32.const 2))))
            (i32.const 3))))
      (block $weightDone
        (loop $each
          (br_if $weightDone (i32.ge_u (local.get $to) (local.get $weightEnd)))
          (local.set $at (i32.load (local.get $to)))
          (local.set $end (i32.load offset=4 (local.get $to)))
          (local.set $to (i32.add (local.get $to) (i32.const 8)))
          (br_if $each (i32.ge_u (local.get $at) (local.get $end)))
          (loop $four
            (local.set $entry
              (v128.load (i32.add (local.get $entries) (i32.shl (local.get $at) (i32.const 2)))))
            (local.set $fits
              (i32x4.bitmask
                (i32x4.le_u
                  (i8x16.popcnt
                    (v128.xor (i32x4.shr_u (local.get $entry) (i32.const 24)) (local.get $lows)))
                  (local.get $rest))))
            ;; What lies behind the end belongs to another group.
            (if (i32.gt_u (i32.add (local.get $at) (i32.const 4)) (local.get $end))
              (then
                (local.set $fits
                  (i32.and
                    (local.get $fits)
                    (i32.sub
                      (i32.shl (i32.const 1) (i32.sub (local.get $end) (local.get $at)))
                      (i32.const 1))))))
            ;; The rows that fit move to the front, by the table of shuffles at 64.
            (v128.store
              (local.get $next)
              (i8x16.swizzle
                (v128.and (local.get $entry) (local.get $rowMask))
                (v128.load offset=64 (i32.shl (local.get $fits) (i32.const 4)))))
            (local.set $next
              (i32.add (local.get $next) (i32.shl (i32.popcnt (local.get $fits)) (i32.const 2))))
            (if (i32.ge_u (local.get $next) (local.get $candidatesEnd))
              (then
                (if (i32.gt_u
                      (i32.add
                        (local.get $hits)
                        (i32.shl (i32.sub (local.get $next) (local.get $candidates)) (i32.const 1)))
                      (local.get $outEnd))
                  (then (return (i32.const -1))))
                (local.set $hits
                  (call $verify
                    (local.get $rows) (local.get $candidates)
                    (i32.shr_u (i32.sub (local.get $next) (local.get $candidates)) (i32.const 2))
                    (local.get $query) (local.get $radius) (local.get $hits)))
                (local.set $next (local.get $candidates))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br_if $four (i32.lt_u (local.get $at) (local.get $end))))
          (br $each)))
      (local.set $weight (i32.add (local.get $weight) (i32.const 1)))
      (br_if $weights (i32.le_u (local.get $weight) (local.get $allowed))))
    (if (i32.gt_u
          (i32.add
            (local.get $hits)
            (i32.shl (i32.sub (local.get $next) (local.get $candidates)) (i32.const 1)))
          (local.get $outEnd))
      (then (return (i32.const -1))))
    (local.set $hits
      (call $verify
        (local.get $rows) (local.get $candidates)
        (i32.shr_u (i32.sub (local.get $next) (local.get $candidates)) (i32.const 2))
        (local.get $query) (local.get $radius) (local.get $hits)))
    (i32.shr_u (i32.sub (local.get $hits) (local.get $out)) (i32.const 3))))
