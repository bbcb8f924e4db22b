;; It computes for as long as it may, and then answers in order.
;; ends: nothing
(func $handle (param $in i32) (result i32)
  (local $n i32)
  (loop $again
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 10000000))))
  (global.get $zeros))
