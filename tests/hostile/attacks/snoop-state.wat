;; It looks for keys and values that others keep.
;; ends: nothing
(import "tellify:plugin/state@{version}" "keys" (func $keys (param i32 i32 i32 i32 i32 i32 i32)))
(import "tellify:plugin/state@{version}" "get" (func $get (param i32 i32 i32)))
(data (i32.const 61000) "canary")
(data (i32.const 61010) "{\22stolen\22:true}")
;; Raises an alert if it finds one: its place is where the answer to `keys` or `get` tells of something.
(func $handle (param $in i32) (result i32)
  (call $keys (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 60100))
  (call $get (i32.const 61000) (i32.const 6) (i32.const 60200))
  ;; A list of keys that is not empty, or a value that is there.
  (if (i32.or (i32.load (i32.const 60108)) (i32.load8_u (i32.const 60204)))
    (then
      (i32.store (i32.const 60300) (i32.const 61000)) (i32.store (i32.const 60304) (i32.const 6))
      (i32.store8 (i32.const 60309) (i32.const 5))
      (i32.store (i32.const 60312) (i32.const 61000)) (i32.store (i32.const 60316) (i32.const 6))
      (i32.store (i32.const 60320) (i32.const 61010)) (i32.store (i32.const 60324) (i32.const 15))
      (i32.store (i32.const 60008) (i32.const 60300)) (i32.store (i32.const 60012) (i32.const 1))))
  (i32.const 60000))
