;; It asks for 4 GiB of random numbers.
;; ends: limit
(import "wasi:random/random@0.2.3" "get-random-bytes" (func $random (param i64 i32)))
(func $handle (param $in i32) (result i32)
  (call $random (i64.const 4294967295) (i32.const 60000))
  (global.get $zeros))
