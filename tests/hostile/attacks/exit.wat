;; It ends its process.
;; ends: trap
(import "wasi:cli/exit@0.2.3" "exit" (func $exit (param i32)))
(func $handle (param $in i32) (result i32)
  (call $exit (i32.const 1))
  (global.get $zeros))
